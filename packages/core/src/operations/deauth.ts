import { z } from "zod";
import { accountOf, isToken, openSecret, readStored } from "../account/credential-in-use.ts";
import type { Answers } from "../answers.ts";
import type { Context } from "../context.ts";
import { namesLine } from "../display.ts";
import { type FailureCode, FailureError, fail } from "../failure.ts";
import { isNotRegistry } from "../hex-api/answer.ts";
import { hint } from "../hint.ts";
import { defineOperation } from "../operation.ts";
import { sitePage } from "../registry/site.ts";
import { type GivenUp, giveUp } from "../sign-in/give-up.ts";
import { isSealed, type StoredCredentials } from "../stored-credentials.ts";
import { whoami } from "./whoami.ts";

const nothing: GivenUp = { sessionEnded: false, revoked: [], alive: [] };

const deauthOutput = z.strictObject({
  forgotten: z.boolean().describe("Whether there was anything to forget on this machine"),
  sessionEnded: z.boolean(),
  revoked: z.array(z.string()).describe("The names of the keys that were revoked"),
  alive: z.array(z.string()).describe("What is still good at the registry, and why"),
});

export const deauth = defineOperation({
  id: "deauth",
  aliases: ["logout"],
  mistakenNames: ["signout"],
  summary: "Sign out",
  description:
    "Ends the session or revokes the keys of this machine at the registry, then forgets them here. It forgets a key that you brought, but doesn't revoke it. If you forgot the local password, it tells you which keys are still good at the registry.",
  examples: [{ means: "Sign out, and end the session and the keys at the registry", input: {} }],
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
  show: ({ forgotten, sessionEnded, revoked, alive }) => ({
    warnings:
      alive.length === 0
        ? []
        : [
            hint`Still good at the registry: ${alive.join(", ")}. Revoke it on the registry's site, or with ${{ call: "key.revoke" }}.`,
          ],
    notices: forgotten
      ? [
          `Signed out on this machine.${sessionEnded ? " The session was ended at the registry." : ""}`,
          ...namesLine("Keys revoked", revoked),
        ]
      : [],
  }),
  changesSignIn: true,
  evidence: whoami,
  learnKeyNames: () => [],
  learnPermissions: () => [],
  async run(input, ctx, answers) {
    const read = await readStored(ctx, answers);
    // Credentials from the environment hide the stored ones.
    const stored = read?.apiKeyFrom === undefined ? read : await readKept(ctx);
    if (stored === undefined) {
      ctx.emit({ type: "notice", message: "Nobody is signed in on this machine." });
      tellEnvironment(read, ctx);
      return { forgotten: false, sessionEnded: false, revoked: [], alive: [] };
    }
    const gone = input.keepRemote === true ? nothing : await endRemote(stored, ctx, answers).catch(keepAll);
    const listKeys = async () => (await ctx.credentials.organizationKeys?.list(accountOf(ctx))) ?? [];
    const organizations = await listKeys();
    const failure = await forget(ctx);
    const output = {
      forgotten: failure === undefined,
      sessionEnded: gone.sessionEnded,
      revoked: [...gone.revoked],
      alive: gone.alive.map(({ what, why }) => `${what} (${why})`),
    };
    if (failure !== undefined) throw stillKept(output, failure);
    if (stored.apiKey !== undefined) ctx.emit({ type: "notice", message: broughtText(stored.apiKey) });
    const left = organizations.length === 0 ? [] : await listKeys();
    tellOrganizations(
      organizations.filter((name) => !left.includes(name)),
      ctx,
    );
    tellEnvironment(read, ctx);
    const failed = gone.alive.find(({ code }) => code !== undefined);
    if (failed?.code !== undefined) throw stillGood(output, failed.code, ctx);
    return output;
  },
});

/**
 * A server answered that isn't a Hex registry. It's unknown whether anything ended, so hexuser keeps the credentials.
 */
function keepAll(error: unknown): never {
  if (!isNotRegistry(error)) throw error;
  const { code, message, hint: before = [], details } = error.failure;
  throw fail(code, `${message} The credentials are kept.`, {
    hint: hint`${before} To forget the credentials here without the registry, run ${{ call: "deauth", given: { keepRemote: true } }}.`,
    details,
    cause: error,
  });
}

/** Removes the credentials from this machine. Returns the failure if that didn't work. */
async function forget(ctx: Context): Promise<FailureError | undefined> {
  try {
    await ctx.credentials.update(accountOf(ctx), async () => undefined);
    return undefined;
  } catch (error) {
    if (error instanceof FailureError) return error;
    throw error;
  }
}

/** Tells what ended at the registry and what is still on this machine. */
function stillKept(output: z.output<typeof deauthOutput>, cause: FailureError): FailureError {
  const { code, message, hint: before = hint`make sure that hexuser can change them.` } = cause.failure;
  const ended = [
    ...(output.sessionEnded ? ["The session was ended at the registry."] : []),
    ...(output.revoked.length === 0 ? [] : [`Keys revoked at the registry: ${output.revoked.join(", ")}.`]),
    ...(output.alive.length === 0 ? [] : [`Still good at the registry: ${output.alive.join(", ")}.`]),
  ];
  const what = ended.length === 0 ? "Nothing was changed at the registry." : ended.join(" ");
  return fail(code, `${what} But the credentials are still on this machine: ${message}`, {
    hint: hint`${before} Then run ${{ call: "deauth" }} again.`,
    details: output,
    cause,
  });
}

/** As in mix hex, a sign-out also removes the keys of organizations. */
function tellOrganizations(removed: readonly string[], ctx: Context): void {
  if (removed.length === 0) return;
  ctx.emit({
    type: "notice",
    message: `The keys of these organizations were removed from this machine as well: ${removed.join(", ")}. The registry still accepts them.`,
    hint: hint`for mix hex to fetch their packages without a sign-in, store them again with ${{ call: "organization.auth" }}.`,
  });
}

function broughtText(apiKey: string): string {
  return isToken(apiKey)
    ? "hexuser removed the token from this machine. The registry accepts it until it expires."
    : "hexuser removed your key from this machine. The registry still accepts it: revoke it there if nothing else uses it.";
}

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
  // If the person gave a plain key, they also gave the repositories key beside it.
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

/** A damaged key can't be opened with any password. It must not keep the person signed in. */
function forgiveDamage(error: unknown): undefined {
  if (error instanceof FailureError && error.failure.code === "storage_damaged") return undefined;
  throw error;
}

function tellEnvironment(stored: StoredCredentials | undefined, ctx: Context): void {
  if (stored?.apiKeyFrom === undefined) return;
  ctx.emit({
    type: "warning",
    message: `${stored.apiKeyFrom} is set, and its ${isToken(stored.apiKey ?? "") ? "token" : "key"} is still used: unset it to be signed out.`,
  });
}

/**
 * The failure of a sign-out that ended only on this machine. Its details are the output. It isn't a failure if the
 * person declined the local password, which would have allowed the revocation.
 */
function stillGood(output: z.output<typeof deauthOutput>, code: FailureCode, ctx: Context): FailureError {
  const list = output.alive.join(", ");
  return fail(code, `Signed out on this machine. Still good at the registry: ${list}.`, {
    hint: hint`end what is still good on the registry's site, ${sitePage(ctx.registry, "/dashboard")}; or sign in again, and use ${{ call: "key.revoke" }}.`,
    details: output,
  });
}
