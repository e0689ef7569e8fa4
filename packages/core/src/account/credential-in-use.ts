import type { Answers } from "../answers.ts";
import type { Context } from "../context.ts";
import type { AccountKey, Unclaimed } from "../credential-backend.ts";
import { FailureError, fail } from "../failure.ts";
import type { Whose } from "../hex-api/refusal.ts";
import { hint } from "../hint.ts";
import { originOf } from "../registry/site.ts";
import { isSealed, type Sealed, type StoredCredentials } from "../stored-credentials.ts";

/** What a request is signed with, and in words where that came from. */
export interface CredentialInUse {
  /** `token`: an access token that somebody put where a key is kept; nothing renews it. */
  readonly kind: "key" | "token" | "session" | "keys";
  readonly authorization: string;
  /** Where it was found: the name of an environment variable, a file, a keychain. */
  readonly from: string;
  readonly whose: Whose;
  readonly stored: StoredCredentials;
}

/** Whether what is kept as a key is an access token: `HEX_API_KEY="Bearer …"` is sent as it is. */
export function isToken(apiKey: string): boolean {
  return apiKey.startsWith("Bearer ");
}

/** Whether an API key signs. Registries take the number of a token for that of a key, so what they say of it isn't true. */
export function isSignedByKey({ authorization }: CredentialInUse): boolean {
  return !authorization.includes(" ");
}

type StoreContext = Pick<Context, "registry" | "credentials" | "profile" | "emit">;

export function accountOf(ctx: Pick<Context, "registry" | "profile">): AccountKey {
  return { profile: ctx.profile, origin: originOf(ctx.registry) };
}

/**
 * What is kept for this account. Credentials that another program left without naming their registry are used
 * only for the one they belong to as far as can be told, or when the person says so.
 */
export async function readStored(
  ctx: StoreContext,
  answers: Answers,
): Promise<StoredCredentials | undefined> {
  const account = accountOf(ctx);
  const stored = await ctx.credentials.read(account);
  if (stored !== undefined) return stored;
  const unclaimed = await ctx.credentials.unclaimed?.(account);
  if (unclaimed === undefined || answers.adoptCredentials === false) return undefined;
  if (unclaimed.isForeign === true) throw foreign(ctx);
  if (answers.adoptCredentials !== true) throw otherRegistry(unclaimed, ctx);
  await ctx.credentials.adopt?.(account);
  return ctx.credentials.read(account);
}

function otherRegistry({ origin }: Unclaimed, ctx: StoreContext): FailureError {
  const account = accountOf(ctx);
  const where = ctx.credentials.location(account);
  const belief =
    origin === undefined
      ? "Another program has left a session of a registry that isn't known here"
      : `As far as can be told it's ${origin}`;
  return fail(
    "authentication_required",
    `The credentials in ${where} don't say for which registry they are. ${belief}, so they were not sent to ${account.origin}.`,
    {
      hint: hint`if they are for ${account.origin}, run the command once with ${{ answer: "adoptCredentials" }}; otherwise sign in with ${{ call: "auth" }}.`,
      needs: [{ answer: "adoptCredentials", because: "missing" }],
      details: { reason: "other_registry", ...(origin === undefined ? {} : { origin }) },
    },
  );
}

/** Nobody is asked: what another registry signed is never this one's. */
function foreign(ctx: StoreContext): FailureError {
  const account = accountOf(ctx);
  return fail(
    "authentication_required",
    `The session in ${ctx.credentials.location(account)} was signed by another registry than ${account.origin}, so it was not sent there. Another program has signed in to that registry.`,
    {
      hint: hint`sign in to ${account.origin} with ${{ call: "auth" }}; to use the session that is there, give its registry's address with ${{ option: "apiUrl" }}.`,
      details: { reason: "foreign_session" },
    },
  );
}

/** The failure of a command that needs a sign-in where there is none. */
export function notSignedIn(ctx: StoreContext): FailureError {
  return fail("authentication_required", `No authenticated user found for ${originOf(ctx.registry)}.`, {
    hint: hint`sign in with ${{ call: "auth" }}, or give a key in HEX_API_KEY.`,
    details: { reason: "not_signed_in" },
  });
}

/**
 * Picks what signs a request: a plain key before a session before the keys of a classic sign-in, as mix hex does.
 * Fails with `storage_damaged` for one that can't be sent.
 */
export async function chooseCredential(
  ctx: StoreContext,
  answers: Answers,
  purpose: "read" | "write",
  given?: StoredCredentials,
): Promise<CredentialInUse> {
  const chosen = await pickCredential(ctx, answers, purpose, given);
  if (/^[\x20-\x7e]+$/.test(chosen.authorization)) return chosen;
  throw fail("storage_damaged", `${chosen.whose.name} holds a character that can't be sent.`, {
    hint: hint`sign in again with ${{ call: "auth" }}.`,
  });
}

async function pickCredential(
  ctx: StoreContext,
  answers: Answers,
  purpose: "read" | "write",
  given?: StoredCredentials,
): Promise<CredentialInUse> {
  const stored = given ?? (await withPlainKey(await readStored(ctx, answers), ctx, answers));
  const where = ctx.credentials.location(accountOf(ctx));
  if (stored?.apiKey !== undefined) {
    const from = stored.apiKeyFrom ?? where;
    const variable = stored.apiKeyFrom ?? (ctx.credentials.isEnvironment === true ? where : undefined);
    const kind = isToken(stored.apiKey) ? "token" : "key";
    const whose = { name: `The ${kind} in ${from}`, variable, isToken: kind === "token" };
    return { kind, authorization: stored.apiKey, from, whose, stored };
  }
  if (stored?.session !== undefined) {
    const authorization = `Bearer ${stored.session.accessToken}`;
    return {
      kind: "session",
      authorization,
      from: where,
      whose: { name: `The session in ${where}` },
      stored,
    };
  }
  const keys = stored?.keys;
  if (stored !== undefined && purpose === "read" && keys?.read !== undefined) {
    const whose = { name: `The read key in ${where}` };
    return { kind: "keys", authorization: keys.read, from: where, whose, stored };
  }
  if (stored !== undefined && keys?.write !== undefined) {
    const write = await openSecret(keys.write, ctx, answers);
    const whose = { name: `The write key in ${where}` };
    return { kind: "keys", authorization: write, from: where, whose, stored };
  }
  throw notSignedIn(ctx);
}

/**
 * Where a plain key lies beside this account's credentials that doesn't say for which registry it is: mix hex would use
 * that key. Here it's used only if the person says that it belongs to this registry; otherwise the person is told.
 */
async function withPlainKey(
  stored: StoredCredentials | undefined,
  ctx: StoreContext,
  answers: Answers,
): Promise<StoredCredentials | undefined> {
  if (stored === undefined || stored.apiKey !== undefined) return stored;
  const account = accountOf(ctx);
  const unclaimed = await ctx.credentials.unclaimed?.(account);
  if (unclaimed?.apiKey !== true) return stored;
  if (answers.adoptCredentials === true) {
    await ctx.credentials.adopt?.(account);
    return ctx.credentials.read(account);
  }
  ctx.emit({
    type: "notice",
    message: `The plain key (api_key) in ${ctx.credentials.location(account)} is not used, because it doesn't name its registry; mix hex would use it for ${account.origin}.`,
    hint: hint`if it is for ${account.origin}, run the command once with ${{ answer: "adoptCredentials" }}.`,
  });
  return stored;
}

/**
 * Decrypts a secret under the local password, and returns any other secret as it is. Asks by failing.
 *
 * @param options `optional`: the person may decline, and the operation goes on without
 */
export async function openSecret(
  secret: string | Sealed,
  ctx: Pick<Context, "credentials">,
  answers: Answers,
  options: { readonly optional?: true } = {},
): Promise<string> {
  if (!isSealed(secret)) return secret;
  if (ctx.credentials.seal === undefined) {
    throw fail("storage_damaged", "A stored key is sealed, in a place that seals nothing.");
  }
  if (answers.localPassword == null) throw localPasswordMissing(options);
  try {
    return await ctx.credentials.seal.open(secret, answers.localPassword);
  } catch (error) {
    if (!(error instanceof FailureError) || error.failure.code !== "authentication_refused") throw error;
    throw fail("authentication_refused", "The local password is wrong.", {
      hint: hint`try again; if you have forgotten it, sign in again with ${{ call: "auth" }}.`,
      needs: [{ answer: "localPassword", because: "wrong", ...options }],
      cause: error,
    });
  }
}

function localPasswordMissing(options: { readonly optional?: true }): FailureError {
  return fail("authentication_required", "Your local password encrypts the key on this machine.", {
    hint: hint`run this on a terminal, or give the local password with ${{ answer: "localPassword" }}.`,
    needs: [{ answer: "localPassword", because: "missing", ...options }],
  });
}
