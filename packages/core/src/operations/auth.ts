import { z } from "zod";
import { type AnswerName, type Answers, answerNames } from "../answers.ts";
import type { AuthMethod, Credentials } from "../auth-method.ts";
import type { Context } from "../context.ts";
import { FailureError, fail, type Need } from "../failure.ts";
import { defineOperation } from "../operation.ts";
import { accountOf, openSecret } from "../registry/credential-in-use.ts";
import { giveUp } from "../registry/give-up.ts";
import { acceptAnswer } from "../registry/registry-refusal.ts";
import { requestRegistry } from "../registry/registry-request.ts";
import { originOf } from "../registry/site.ts";
import { isSealed, type Sealed, type StoredCredentials } from "../stored-credentials.ts";

const input = z.strictObject({
  method: z
    .enum(["device", "password", "key"])
    .optional()
    .describe("How to sign in; found from the registry's answers otherwise")
    .meta({ title: "Method" }),
  keyName: z
    .string()
    .trim()
    .min(1, "must not be empty")
    .max(200)
    .optional()
    .describe("What the session or the keys are called at the registry; the name of this machine otherwise")
    .meta({ title: "Name of the keys" }),
  username: z
    .string()
    .trim()
    .min(1, "must not be empty")
    .max(255)
    .optional()
    .describe("Your username, where the registry takes account passwords")
    .meta({ title: "Username or email" }),
  withKey: z
    .boolean()
    .optional()
    .describe("Keep a key that you have: it is read from stdin, or asked for")
    .meta({ title: "Sign in with a key" }),
  unattended: z
    .boolean()
    .optional()
    .describe("Nobody is there to approve a sign-in in a browser")
    .meta({ flag: null }),
});

export const auth = defineOperation({
  id: "auth",
  summary: "Sign in and keep the credentials",
  description:
    "Signs in to the registry and keeps the credentials on this machine. A current registry gives a session, which you approve in a browser; an older one takes your account password, and three keys are made, of which the one that can change something lies under a local password. What was kept here before is ended at the registry.",
  effect: "write",
  input,
  answers: ["key", "accountPassword", "newLocalPassword", "localPassword", "otp"],
  output: z.strictObject({
    method: z.enum(["device", "password", "key"]),
    username: z.string().nullable(),
    registry: z.string(),
    location: z.string().describe("Where the credentials are kept"),
    keys: z.array(z.string()).describe("The names of the keys that were made"),
    revoked: z.array(z.string()).describe("The names of the keys that were given up"),
  }),
  async run(given, ctx, answers) {
    const available = await ctx.credentials.available();
    if (!available.available) throw fail("storage_unavailable", available.why, { hint: available.hint });
    const before = await ctx.credentials.read(accountOf(ctx));
    const opened = await openOldKeys(before?.keys?.write, given, ctx, answers);
    const { method, credentials } = await obtain(given, ctx, answers);
    const replaced = await keep(credentials, method, ctx, answers);
    const gone = await endReplaced(replaced, opened, credentials, ctx, answers);
    tellWhatStays(replaced, before, ctx);
    return {
      method: method.id as "device" | "password" | "key",
      username: await findUsername(credentials, given.username, ctx),
      registry: originOf(ctx.registry),
      location: ctx.credentials.location(accountOf(ctx)),
      keys:
        credentials.kind === "keys"
          ? Object.values(credentials.keys.names ?? {}).filter((n) => n !== undefined)
          : [],
      revoked: [...gone],
    };
  },
});

/**
 * Where the new sign-in brings no key, only the old write key can revoke the keys of a classic sign-in: so its
 * password is asked for before anything is changed. Who declines is told what stays alive.
 */
async function openOldKeys(
  write: string | Sealed | undefined,
  given: z.output<typeof input>,
  ctx: Context,
  answers: Answers,
): Promise<string | undefined> {
  if (write === undefined || !isSealed(write)) return write;
  if (answers.localPassword == null) {
    const isSkipped = answers.localPassword === null || given.unattended === true || given.withKey === true;
    if (isSkipped || !(await leadsToSession(given.method, ctx))) return undefined;
  }
  return openSecret(write, ctx, answers, { optional: true });
}

/** Whether the sign-in will give a session: a registry that knows OAuth refuses a request that lacks everything. */
async function leadsToSession(method: string | undefined, ctx: Context): Promise<boolean> {
  if (method !== undefined) return method === "device";
  const response = await requestRegistry(
    { method: "POST", path: "/oauth/device_authorization", body: {} },
    ctx,
  );
  return response.status !== 404;
}

/**
 * Tries the methods in the order in which registries prefer them; one that the registry doesn't know gives way
 * to the next.
 */
async function obtain(
  given: z.output<typeof input>,
  ctx: Context,
  answers: Answers,
): Promise<{ method: AuthMethod; credentials: Credentials }> {
  const chosen = given.withKey === true ? "key" : given.method;
  if (given.withKey === true && given.method !== undefined && given.method !== "key") {
    throw fail("invalid_input", "--with-key signs in with a key, so it doesn't go with another --method.");
  }
  const ids =
    chosen !== undefined ? [chosen] : given.unattended === true ? ["password"] : ["device", "password"];
  let refused: FailureError | undefined;
  for (const id of ids) {
    const method = ctx.authMethods.find((candidate) => candidate.id === id);
    if (method === undefined) continue;
    try {
      const fields = fieldsFor(method, { ...given, ...answers }, ctx);
      return { method, credentials: await method.acquire(fields, ctx) };
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      if (chosen === undefined && given.unattended === true && isSwitchedOff(error))
        throw nobodyApproves(error);
      if (chosen !== undefined || error.failure.code !== "not_supported") throw error;
      refused = error;
    }
  }
  throw refused ?? fail("not_supported", "There is no way of signing in.");
}

/** Picks what the method takes, and asks, by failing, for everything that is missing at once. */
function fieldsFor(
  method: AuthMethod,
  fields: Record<string, unknown>,
  ctx: Context,
): Record<string, unknown> {
  const needs: Need[] = [];
  const taken: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(method.input.shape)) {
    if (fields[name] !== undefined) taken[name] = fields[name];
    else if (!(schema as z.ZodType).safeParse(undefined).success) needs.push(needOf(name));
  }
  if (
    method.id === "password" &&
    ctx.credentials.seal !== undefined &&
    fields.newLocalPassword === undefined
  ) {
    needs.push({ answer: "newLocalPassword", because: "missing" });
  }
  if (needs.length === 0) return taken;
  throw fail("authentication_required", missingText(method.id), {
    hint:
      method.id === "key"
        ? "run this on a terminal, or give the key on stdin: `printenv KEY | hexuser auth --with-key`."
        : "run this on a terminal; without one, give --username, --password-stdin and --local-password-stdin where the registry takes account passwords, or a key with --with-key or in HEX_API_KEY, or `--method device` and approve the code in any browser.",
    needs,
  });
}

function missingText(method: string): string {
  return method === "key"
    ? "Signing in with a key needs the key."
    : "Signing in needs somebody who approves it in a browser, or an account password.";
}

function needOf(field: string): Need {
  const answer = answerNames.find((name): name is AnswerName => name === field);
  return answer === undefined ? { input: field, because: "missing" } : { answer, because: "missing" };
}

function isSwitchedOff(error: FailureError): boolean {
  return error.failure.code === "authentication_refused" && error.failure.details?.method === "device";
}

function nobodyApproves(cause: FailureError): FailureError {
  return fail(
    "authentication_refused",
    "This registry takes no account passwords any more, and nobody is there to approve a sign-in in a browser.",
    {
      hint: "run `hexuser auth` on a terminal; or `hexuser auth --method device`, and approve the code in any browser; or give a key with --with-key or in HEX_API_KEY.",
      cause,
    },
  );
}

/** Stores what was obtained in place of what was there; what can't be stored is given up at the registry. */
async function keep(
  credentials: Credentials,
  method: AuthMethod,
  ctx: Context,
  answers: Answers,
): Promise<StoredCredentials | undefined> {
  let replaced: StoredCredentials | undefined;
  try {
    const stored = await toStored(credentials, ctx, answers);
    await ctx.credentials.update(accountOf(ctx), async (now) => {
      replaced = now;
      return stored;
    });
    return replaced;
  } catch (error) {
    if (credentials.kind !== "key") await undo(credentials, method, ctx);
    throw error;
  }
}

async function toStored(
  credentials: Credentials,
  ctx: Context,
  answers: Answers,
): Promise<StoredCredentials> {
  if (credentials.kind === "key") return { apiKey: credentials.apiKey };
  if (credentials.kind === "session") return { session: credentials.session };
  const { seal } = ctx.credentials;
  if (seal === undefined || answers.newLocalPassword === undefined) return { keys: credentials.keys };
  return {
    keys: { ...credentials.keys, write: await seal.close(credentials.keys.write, answers.newLocalPassword) },
  };
}

async function undo(credentials: Credentials, method: AuthMethod, ctx: Context): Promise<void> {
  try {
    await method.revoke?.(credentials, ctx);
  } catch {
    ctx.emit({
      type: "warning",
      message:
        "What was made at the registry could not be taken back: look at your account's keys and sessions.",
    });
  }
}

/** Ends at the registry what the new sign-in replaced, and gives the names of the revoked keys. */
async function endReplaced(
  replaced: StoredCredentials | undefined,
  oldWriteKey: string | undefined,
  credentials: Credentials,
  ctx: Context,
  answers: Answers,
): Promise<readonly string[]> {
  if (replaced?.session === undefined && replaced?.keys === undefined) return [];
  const { session, keys } = replaced;
  const gone = await giveUp(
    {
      ...(session === undefined ? {} : { session }),
      ...(keys === undefined
        ? {}
        : { keys: oldWriteKey === undefined ? keys : { ...keys, write: oldWriteKey } }),
    },
    ctx,
    { authorization: authorizationOf(credentials), otp: answers.otp },
  );
  for (const { what, why } of gone.alive) {
    ctx.emit({
      type: "warning",
      message: `Of the sign-in before this one, ${what} is still good at the registry: ${why}. Revoke it with \`hexuser key revoke\`, or on the registry's site.`,
    });
  }
  return gone.revoked;
}

function authorizationOf(credentials: Credentials): string {
  if (credentials.kind === "key") return credentials.apiKey;
  return credentials.kind === "session"
    ? `Bearer ${credentials.session.accessToken}`
    : credentials.keys.write;
}

function tellWhatStays(
  replaced: StoredCredentials | undefined,
  before: StoredCredentials | undefined,
  ctx: Context,
): void {
  if (replaced?.apiKey !== undefined) {
    ctx.emit({
      type: "notice",
      message:
        "The key that was kept here before is forgotten on this machine, and still good at the registry.",
    });
  }
  if (before?.apiKeyFrom !== undefined) {
    ctx.emit({
      type: "warning",
      message: `${before.apiKeyFrom} is set, and comes before what was kept now: unset it to use this sign-in.`,
    });
  }
}

/** Best effort: an address that isn't confirmed yet may not even read its own account. */
async function findUsername(
  credentials: Credentials,
  username: string | undefined,
  ctx: Context,
): Promise<string | null> {
  try {
    const response = await requestRegistry(
      { method: "GET", path: "/users/me", authorization: authorizationOf(credentials) },
      ctx,
    );
    return acceptAnswer(response, z.object({ username: z.string() })).username;
  } catch (error) {
    if (error instanceof FailureError) return credentials.kind === "keys" ? (username ?? null) : null;
    throw error;
  }
}
