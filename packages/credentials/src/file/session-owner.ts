import type { SessionTokens } from "./hex-slots.ts";
import type { OwnEntry, SessionClient } from "./own-entry.ts";
import { digestOf, digestOfClaims } from "./session-claims.ts";
import { findSigningKey, isSignedBy } from "./signing-key.ts";

/** Whose a credential in one of mix hex's entries is. */
export interface SlotOwner {
  /** Of a session that belongs to no known registry: what `strangerOf` names. */
  readonly origin: string;
  /** Not recorded: it follows from `api_url`, the default or the signing key, or isn't known at all. */
  readonly assumed: boolean;
  readonly note?: string | undefined;
  readonly madeAt?: number | undefined;
  readonly client?: SessionClient | undefined;
}

const strangerPrefix = "stranger:";

/**
 * Tells whose the session in mix hex's entry is. mix hex refreshes sessions and replaces them, and doesn't say for
 * which registry they are.
 *
 * - The very token that our entry binds belongs to the origin that it is bound to.
 * - Another token is the bound session, refreshed, or that of an account that is kept in our entry, if both its claims
 *   and the key that signed it are the same. The key alone isn't enough: a hostile registry may have handed out a
 *   session that another one signed, and would be sent every session of that one.
 * - Any other token belongs to the file's default origin only if nothing speaks against it: either that origin's key
 *   signed it; or our entry knows no key, and binds no session to another origin. Otherwise it's a stranger's.
 */
export async function findSessionOwner(
  session: SessionTokens,
  own: OwnEntry,
  defaultOrigin: string,
): Promise<SlotOwner> {
  const binding = own.bindings.get("session");
  if (binding !== undefined && binding.digest === digestOfSession(session)) {
    const { origin, note, madeAt, client } = binding;
    return { origin, assumed: false, note, madeAt, client };
  }
  const isExpected = binding === undefined || (binding.origin === defaultOrigin && !binding.signed);
  if (own.signingKeys.size === 0 && isExpected) {
    return { origin: defaultOrigin, assumed: true };
  }
  const key = await findSigningKey(session);
  const claims = digestOfClaims(session);
  const stranger = { origin: strangerOf(session, key, claims), assumed: true };
  const origin = key === undefined ? undefined : originOfKey(own, key);
  if (key === undefined || claims === undefined || origin === undefined) {
    return stranger;
  }
  if (binding?.origin === origin && binding.signed?.key === key && binding.signed.claims === claims) {
    const { note, madeAt, client } = binding;
    return { origin, assumed: false, note, madeAt, client };
  }
  const kept = own.kept.get(origin)?.credentials.session;
  if (kept !== undefined && digestOfClaims(kept) === claims) {
    return { origin, assumed: false };
  }
  return origin === defaultOrigin ? { origin, assumed: true } : stranger;
}

/**
 * Tells whether a session without a record may be this origin's, if the person says so: not if the key that this
 * origin signs with didn't sign it, and not if another origin's did.
 */
export async function mayBelongTo(session: SessionTokens, origin: string, own: OwnEntry): Promise<boolean> {
  const known = own.signingKeys.get(origin);
  if (known !== undefined) {
    return isSignedBy(session, known);
  }
  const key = await findSigningKey(session);
  return key === undefined || originOfKey(own, key) === undefined;
}

/** The origin that signs with a key. A key belongs to one origin. */
export function originOfKey({ signingKeys }: Pick<OwnEntry, "signingKeys">, key: string): string | undefined {
  return [...signingKeys].find(([, known]) => known === key)?.[0];
}

/** The digest of the very tokens. */
export function digestOfSession({ accessToken }: Pick<SessionTokens, "accessToken">): string {
  return digestOf(`token ${accessToken}`);
}

export function isStranger(owner: string): boolean {
  return owner.startsWith(strangerPrefix);
}

/** Stands in the place of an origin that isn't known: by the key and the claims, or by the very token. */
function strangerOf(session: SessionTokens, key: string | undefined, claims: string | undefined): string {
  const name = key && claims ? digestOf(`${key} ${claims}`) : digestOfSession(session);
  return strangerPrefix + name;
}
