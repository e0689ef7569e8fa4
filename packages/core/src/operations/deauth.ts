import { z } from "zod";
import type { Answers } from "../answers.ts";
import type { Context } from "../context.ts";
import { type FailureCode, FailureError, fail } from "../failure.ts";
import { defineOperation } from "../operation.ts";
import { accountOf, openSecret, readStored } from "../registry/credential-in-use.ts";
import { sitePage } from "../registry/site.ts";
import { type GivenUp, giveUp } from "../sign-in/give-up.ts";
import { isSealed, type StoredCredentials } from "../stored-credentials.ts";

const nothing: GivenUp = { sessionEnded: false, revoked: [], alive: [] };

const deauthOutput = z.strictObject({
  forgotten: z.boolean().describe("Whether there was anything to forget on this machine"),
  sessionEnded: z.boolean(),
  revoked: z.array(z.string()).describe("The names of the keys that were revoked"),
  alive: z.array(z.string()).describe("What is still good at the registry, and why"),
});

export const deauth = defineOperation({
  id: "deauth",
  summary: "Sign out",
  description:
    "Ends the session, or revokes the keys of this machine, at the registry; then forgets them here. A key that you brought (`auth --with-key`) is forgotten, not revoked. It works with a forgotten local password, too: then it tells which keys are still good at the registry.",
  effect: "write",
  input: z.strictObject({
    keepRemote: z
      .boolean()
      .optional()
      .describe(
        "Forget the credentials here, and leave the session and the keys at the registry as they are",
      ),
  }),
  answers: ["localPassword", "adoptCredentials"],
  output: deauthOutput,
  async run(input, ctx, answers) {
    const read = await readStored(ctx, answers);
    // What the environment gives hides what is kept.
    const stored = read?.apiKeyFrom === undefined ? read : await readKept(ctx);
    if (stored === undefined) {
      ctx.emit({ type: "notice", message: "Nobody is signed in on this machine." });
      tellEnvironment(read, ctx);
      return { forgotten: false, sessionEnded: false, revoked: [], alive: [] };
    }
    const gone = input.keepRemote === true ? nothing : await endRemote(stored, ctx, answers);
    await ctx.credentials.update(accountOf(ctx), async () => undefined);
    if (stored.apiKey !== undefined) {
      ctx.emit({
        type: "notice",
        message:
          "The key that you brought is forgotten on this machine, and still good at the registry: revoke it there if nothing else uses it.",
      });
    }
    tellEnvironment(read, ctx);
    const output = {
      forgotten: true,
      sessionEnded: gone.sessionEnded,
      revoked: [...gone.revoked],
      alive: gone.alive.map(({ what, why }) => `${what} (${why})`),
    };
    const failed = gone.alive.find(({ code }) => code !== undefined);
    if (failed?.code !== undefined) throw stillGood(output, failed.code, ctx);
    return output;
  },
});

async function readKept(ctx: Context): Promise<StoredCredentials | undefined> {
  let kept: StoredCredentials | undefined;
  await ctx.credentials.update(accountOf(ctx), async (now) => {
    kept = now;
    return now;
  });
  return kept;
}

async function endRemote(stored: StoredCredentials, ctx: Context, answers: Answers): Promise<GivenUp> {
  const { session } = stored;
  // A repositories key beside a key that the person brought was brought, too.
  const isBrought =
    stored.apiKey !== undefined && stored.keys?.write === undefined && stored.keys?.read === undefined;
  const keys = isBrought ? undefined : stored.keys;
  const write = keys?.write;
  const opened =
    write !== undefined && isSealed(write) && answers.localPassword !== null
      ? await openSecret(write, ctx, answers, { optional: true }).catch(forgiveDamage)
      : write;
  return giveUp(
    {
      ...(session === undefined ? {} : { session }),
      ...(keys === undefined ? {} : { keys: opened === undefined ? keys : { ...keys, write: opened } }),
    },
    ctx,
  );
}

/** A key that can't be opened by any password must not keep anybody signed in. */
function forgiveDamage(error: unknown): undefined {
  if (error instanceof FailureError && error.failure.code === "storage_damaged") return undefined;
  throw error;
}

function tellEnvironment(stored: StoredCredentials | undefined, ctx: Context): void {
  if (stored?.apiKeyFrom === undefined) return;
  ctx.emit({
    type: "warning",
    message: `${stored.apiKeyFrom} is set, and its key is still used: unset it to be signed out.`,
  });
}

/**
 * Signed out here, but not at the registry, where that was asked for: a failure, whose details are the output. What
 * was left alone because the local password was declined is no failure.
 */
function stillGood(output: z.output<typeof deauthOutput>, code: FailureCode, ctx: Context): FailureError {
  const list = output.alive.join(", ");
  return fail(code, `Signed out on this machine. Still good at the registry: ${list}.`, {
    hint: `end what is still good on the registry's site, ${sitePage(ctx.registry, "/dashboard")}; or sign in again, and use \`hexuser key revoke\`.`,
    details: output,
  });
}
