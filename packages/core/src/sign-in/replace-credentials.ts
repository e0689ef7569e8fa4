import { accountOf, openSecret } from "../account/credential-in-use.ts";
import type { Answers } from "../answers.ts";
import type { AuthMethod, Credentials } from "../auth-method.ts";
import type { Context } from "../context.ts";
import type { Seal } from "../credential-backend.ts";
import { isNotRegistry } from "../hex-api/answer.ts";
import { hint } from "../hint.ts";
import { type ClassicKeys, isSealed, type Sealed, type StoredCredentials } from "../stored-credentials.ts";
import { type GivenUp, giveUp } from "./give-up.ts";
import { chooseMethod, type Obtained, type Wishes } from "./obtain-credentials.ts";

/**
 * Opens the old write key before anything changes. If the new sign-in brings no key, only the old write key can revoke
 * the keys of the old sign-in, so this function asks for its local password. After the sign-in, a person who declines
 * is told which keys stay valid.
 */
export async function openOldKeys(
  write: string | Sealed | undefined,
  given: Wishes,
  ctx: Context,
  answers: Answers,
): Promise<string | undefined> {
  if (write === undefined || !isSealed(write)) return write;
  if (answers.localPassword == null) {
    const isSkipped = answers.localPassword === null || given.unattended === true;
    if (isSkipped || !(await leadsToSession(given, ctx))) return undefined;
  }
  return openSecret(write, ctx, answers, { optional: true });
}

/** Tells whether the sign-in will give a session. */
export async function leadsToSession(wishes: Wishes, ctx: Context): Promise<boolean> {
  const methods = await ctx.authMethods();
  const chosen = chooseMethod(wishes, methods);
  if (chosen !== undefined) return chosen.yields === "session";
  const method = methods.find(({ yields, isOnRequest }) => yields === "session" && isOnRequest !== true);
  const known = method?.shows === undefined ? undefined : (await ctx.memory.recall())[method.shows];
  return known ?? (await method?.isOffered?.(ctx)) ?? false;
}

/**
 * Begins to derive the key that seals the new write key, if there is a local password. It runs during the sign-in, so
 * that it's ready once the registry has made the keys.
 */
export function prepareSeal(
  { credentials: { seal } }: Context,
  { newLocalPassword }: Answers,
): ReturnType<Seal["prepare"]> | undefined {
  if (seal === undefined || newLocalPassword === undefined) return undefined;
  const prepared = seal.prepare(newLocalPassword);
  // If the sign-in fails, nobody awaits this promise. If it succeeds, `toStored` sees the failure.
  prepared.catch(() => {});
  return prepared;
}

/**
 * Stores the new credentials in place of the old ones, which it returns. If storing fails, it revokes the new ones at
 * the registry.
 */
export async function keep(
  { method, credentials }: Obtained,
  ctx: Context,
  { seal, sameRegistry }: { readonly seal: ReturnType<typeof prepareSeal>; readonly sameRegistry: boolean },
): Promise<StoredCredentials | undefined> {
  let replaced: StoredCredentials | undefined;
  try {
    const stored = await toStored(credentials, seal);
    const replace = async (now: StoredCredentials | undefined) => {
      replaced = now;
      return stored;
    };
    await ctx.credentials.update(accountOf(ctx), replace, { signIn: true, sameRegistry });
    return replaced;
  } catch (error) {
    await undo(credentials, method, ctx);
    throw error;
  }
}

async function toStored(
  credentials: Credentials,
  seal: ReturnType<typeof prepareSeal>,
): Promise<StoredCredentials> {
  if (credentials.kind === "key") return { apiKey: credentials.apiKey };
  if (credentials.kind === "session") return { session: credentials.session };
  const { keys } = credentials;
  return { keys: seal === undefined ? keys : { ...keys, write: (await seal)(keys.write) } };
}

async function undo(credentials: Credentials, method: AuthMethod, ctx: Context): Promise<void> {
  try {
    await method.revoke?.(credentials, ctx);
  } catch {
    ctx.emit({
      type: "warning",
      message:
        "hexuser could not revoke the new keys or the new session: check your account's keys and sessions.",
    });
  }
}

/** Ends the replaced credentials at the registry. Returns the names of the revoked keys. */
export async function endReplaced(
  replaced: StoredCredentials | undefined,
  oldWriteKey: string | undefined,
  credentials: Credentials,
  ctx: Context,
  answers: Answers,
): Promise<readonly string[]> {
  if (replaced?.session === undefined && replaced?.keys === undefined) return [];
  const { session } = replaced;
  const keys =
    credentials.kind === "key" ? withoutKey(replaced.keys, credentials.apiKey, oldWriteKey) : replaced.keys;
  const gone = await giveUp(
    {
      ...(session === undefined ? {} : { session }),
      ...(keys === undefined
        ? {}
        : {
            keys:
              oldWriteKey === undefined || keys.write === undefined ? keys : { ...keys, write: oldWriteKey },
          }),
    },
    ctx,
    { authorization: authorizationOf(credentials), otp: answers.otp, isBrought: credentials.kind === "key" },
  ).catch(leftUnknown);
  for (const { what, why } of gone.alive) {
    ctx.emit({
      type: "warning",
      message: `Of the sign-in before this one, ${what} is still good at the registry: ${why}.`,
      hint: hint`revoke it with ${{ call: "key.revoke" }}, or on the registry's site.`,
    });
  }
  return gone.revoked;
}

/** The new sign-in is stored already, so an unknown state of the old one doesn't undo it. */
function leftUnknown(error: unknown): GivenUp {
  if (!isNotRegistry(error)) throw error;
  const why = error.failure.message.replace(/\.$/, "");
  return { sessionEnded: false, revoked: [], alive: [{ what: "what was kept here", why }] };
}

/** If the person signs in with one of the stored keys, that key stays. */
function withoutKey(
  keys: ClassicKeys | undefined,
  used: string,
  write: string | undefined,
): ClassicKeys | undefined {
  if (keys === undefined) return undefined;
  const others = Object.entries({ ...keys, write: write ?? keys.write }).filter(([, key]) => key !== used);
  return { ...Object.fromEntries(others), ...(write === used ? {} : { write: keys.write }) };
}

/** The value of the `authorization` header for the new credentials. */
export function authorizationOf(credentials: Credentials): string {
  if (credentials.kind === "key") return credentials.apiKey;
  return credentials.kind === "session"
    ? `Bearer ${credentials.session.accessToken}`
    : credentials.keys.write;
}

export function tellWhatStays(
  replaced: StoredCredentials | undefined,
  before: StoredCredentials | undefined,
  credentials: Credentials,
  ctx: Context,
): void {
  const isSame = credentials.kind === "key" && credentials.apiKey === replaced?.apiKey;
  if (replaced?.apiKey !== undefined && !isSame) {
    ctx.emit({
      type: "notice",
      message: "hexuser removed the earlier key from this machine. The registry still accepts it.",
    });
  }
  if (before?.apiKeyFrom !== undefined) {
    ctx.emit({
      type: "warning",
      message: `${before.apiKeyFrom} is set and takes precedence over this sign-in. Unset it to use this sign-in.`,
    });
  }
}
