import type { Answers } from "../answers.ts";
import type { Context } from "../context.ts";
import type { AccountKey, Unclaimed } from "../credential-backend.ts";
import { FailureError, fail } from "../failure.ts";
import type { Whose } from "../hex-api/refusal.ts";
import { hint } from "../hint.ts";
import { originOf } from "../registry/site.ts";
import { isSealed, type Sealed, type StoredCredentials } from "../stored-credentials.ts";

/** The credential that signs requests, and where hexuser found it. */
export interface CredentialInUse {
  /** `token`: an access token in the place of a key. hexuser can't refresh it. */
  readonly kind: "key" | "token" | "session" | "keys";
  readonly authorization: string;
  /** The name of an environment variable, a file or a keychain. */
  readonly from: string;
  readonly whose: Whose;
  readonly stored: StoredCredentials;
}

/** Tells whether the stored key is an access token. `HEX_API_KEY="Bearer …"` is sent unchanged. */
export function isToken(apiKey: string): boolean {
  return apiKey.startsWith("Bearer ");
}

/** Tells whether an API key signs. For a token, registries describe an unrelated key that has the same number. */
export function isSignedByKey({ authorization }: CredentialInUse): boolean {
  return !authorization.includes(" ");
}

type StoreContext = Pick<Context, "registry" | "credentials" | "profile" | "emit">;

export function accountOf(ctx: Pick<Context, "registry" | "profile">): AccountKey {
  return { profile: ctx.profile, origin: originOf(ctx.registry) };
}

/**
 * Reads the credentials of this account. If another program stored credentials without naming their registry, hexuser
 * uses them only for the registry that they seem to belong to, or if the person confirms that they belong to this one.
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
      ? "Another program left a session of an unknown registry there"
      : `They seem to belong to ${origin}`;
  return fail(
    "authentication_required",
    `The credentials in ${where} don't name their registry. ${belief}, so hexuser did not send them to ${account.origin}.`,
    {
      hint: hint`if they are for ${account.origin}, run the command once with ${{ answer: "adoptCredentials" }}; otherwise sign in with ${{ call: "auth" }}.`,
      needs: [{ answer: "adoptCredentials", because: "missing" }],
      details: { reason: "other_registry", ...(origin === undefined ? {} : { origin }) },
    },
  );
}

/** The person can't confirm this: the signature proves that the session belongs to another registry. */
function foreign(ctx: StoreContext): FailureError {
  const account = accountOf(ctx);
  return fail(
    "authentication_required",
    `The session in ${ctx.credentials.location(account)} was signed by another registry than ${account.origin}, so hexuser did not send it there. Another program has signed in to that registry.`,
    {
      hint: hint`sign in to ${account.origin} with ${{ call: "auth" }}; to use the session that is there, give its registry's address with ${{ option: "apiUrl" }}.`,
      details: { reason: "foreign_session" },
    },
  );
}

/** The failure of a command that needs a sign-in if nobody is signed in. */
export function notSignedIn(ctx: StoreContext): FailureError {
  return fail("authentication_required", `No authenticated user found for ${originOf(ctx.registry)}.`, {
    hint: hint`sign in with ${{ call: "auth" }}, or give a key in HEX_API_KEY.`,
    details: { reason: "not_signed_in" },
  });
}

/**
 * Picks the credential that signs a request: a plain key, then a session, then the keys of a classic sign-in, as mix
 * hex does. Fails with `storage_damaged` if the credential can't be sent.
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
    const scope = kind === "token" ? scopeOf(stored.apiKey) : undefined;
    const whose = { name: `The ${kind} in ${from}`, variable, isToken: kind === "token", scope };
    return { kind, authorization: stored.apiKey, from, whose, stored };
  }
  if (stored?.session !== undefined) {
    const authorization = `Bearer ${stored.session.accessToken}`;
    return {
      kind: "session",
      authorization,
      from: where,
      whose: { name: `The session in ${where}`, scope: scopeOf(authorization, stored.session) },
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
 * Handles a plain key that is stored beside this account's credentials without naming its registry. mix hex would use
 * that key. hexuser uses it only if the person confirms that it belongs to this registry, and otherwise emits a notice.
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
 * Decrypts a secret under the local password. Returns a plain secret unchanged. If the local password is missing or
 * wrong, it fails with a need for it.
 *
 * @param options `optional`: the person may decline, and the operation continues without the secret
 */
export async function openSecret(
  secret: string | Sealed,
  ctx: Pick<Context, "credentials">,
  answers: Answers,
  options: { readonly optional?: true } = {},
): Promise<string> {
  if (!isSealed(secret)) return secret;
  if (ctx.credentials.seal === undefined) {
    throw fail(
      "storage_damaged",
      "A local password encrypts a stored key, but this backend has no local passwords.",
    );
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

/**
 * Returns the scopes of a session (RFC 6749, 3.3). If another program stored the session, they come from its access
 * token. Returns `undefined` if they are unknown.
 */
export function scopeOf(
  authorization: string,
  session?: { readonly scope?: string | undefined },
): string[] | undefined {
  const scope = session?.scope ?? claimOf(authorization, "scope");
  return scope?.split(" ").filter((word) => word !== "");
}

/**
 * Reads a claim of an access token (RFC 7519, 4). It doesn't verify the token, because nothing depends on the claim.
 */
export function claimOf(authorization: string, name: "exp" | "scope"): string | undefined {
  try {
    const [, claims = ""] = authorization.split(".");
    const claim: unknown = JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/")))[name];
    return typeof claim === "string" || typeof claim === "number" ? String(claim) : undefined;
  } catch {
    return undefined;
  }
}
