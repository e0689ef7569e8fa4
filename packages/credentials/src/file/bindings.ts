// Which registry the credentials in mix hex's entries belong to.
import { fail, hint, type StoredCredentials } from "@hexuser/core";
import { digestOfSlot, type HexSlots, type SessionTokens, type SlotName, slotNames } from "./hex-slots.ts";
import type { Binding, OwnEntry, SessionClient, SignedClaims } from "./own-entry.ts";
import {
  digestOf,
  digestOfClaims,
  digestOfRefreshToken,
  digestOfSession,
  findSigningKey,
  isSignedBy,
} from "./session-token.ts";

/** The registry that a credential in one of mix hex's entries belongs to. */
export interface SlotOwner {
  /** For a session of no known registry: the name that `strangerOf` gives. */
  readonly origin: string;
  /** Whether the origin isn't recorded but follows from `api_url`, the default or the signing key, or is unknown. */
  readonly assumed: boolean;
  readonly note?: string | undefined;
  readonly madeAt?: number | undefined;
  readonly client?: SessionClient | undefined;
}

const strangerPrefix = "stranger:";

/**
 * Finds the owner of the session in mix hex's entry. mix hex refreshes and replaces sessions without recording the
 * registry.
 *
 * - The very token that our entry binds belongs to the origin of the binding.
 * - Another token is the refreshed session of the binding, or of an account that our entry keeps, if its claims and the
 *   key that signed it are both the same. The key alone isn't enough: a hostile registry could pass on a session that
 *   another registry signed, and would then get every session of that registry.
 * - Any other token belongs to the file's default origin only if nothing contradicts that: that origin's key signed it;
 *   or our entry knows no key and binds no session to another origin. Otherwise it belongs to a stranger.
 */
export async function findSessionOwner(
  session: SessionTokens,
  own: OwnEntry,
  defaultOrigin: string,
): Promise<SlotOwner> {
  const binding = own.bindings.get("session");
  if (binding !== undefined && binding.digest === digestOfSession(session)) return boundOwner(binding);
  const isExpected = binding === undefined || (binding.origin === defaultOrigin && !binding.signed);
  if (own.signingKeys.size === 0 && isExpected) return { origin: defaultOrigin, assumed: true };
  const key = await findSigningKey(session);
  const claims = digestOfClaims(session);
  const stranger = { origin: strangerOf(session, key, claims), assumed: true };
  const origin = key === undefined ? undefined : originOfKey(own, key);
  if (key === undefined || claims === undefined || origin === undefined) return stranger;
  if (binding?.origin === origin && binding.signed?.key === key && binding.signed.claims === claims) {
    return boundOwner(binding);
  }
  const kept = own.kept.get(origin)?.credentials.session;
  if (kept !== undefined && digestOfClaims(kept) === claims) return { origin, assumed: false };
  return origin === defaultOrigin ? { origin, assumed: true } : stranger;
}

function boundOwner({ origin, note, madeAt, client }: Binding): SlotOwner {
  return { origin, assumed: false, note, madeAt, client };
}

/**
 * Tells whether a session without a record may belong to this origin if the person says so. It may not if another key
 * than this origin's signed it, or if another origin's key did.
 */
export async function mayBelongTo(session: SessionTokens, origin: string, own: OwnEntry): Promise<boolean> {
  const known = own.signingKeys.get(origin);
  if (known !== undefined) return isSignedBy(session, known);
  const key = await findSigningKey(session);
  return key === undefined || originOfKey(own, key) === undefined;
}

export function isStranger(owner: string): boolean {
  return owner.startsWith(strangerPrefix);
}

/** Replaces an unknown origin: by the key and the claims, or by the very token. */
function strangerOf(session: SessionTokens, key: string | undefined, claims: string | undefined): string {
  const name = key && claims ? digestOf(`${key} ${claims}`) : digestOfSession(session);
  return strangerPrefix + name;
}

/** The origin that signs with a key. Each key belongs to one origin. */
function originOfKey({ signingKeys }: OwnEntry, key: string): string | undefined {
  return [...signingKeys].find(([, known]) => known === key)?.[0];
}

/** How credentials come into the file. */
export interface Arrival {
  /** Somebody has signed in, and did not just refresh. */
  readonly signIn: boolean;
  /** The person says that the origin whose key signed the session is the same registry as this one. */
  readonly sameRegistry: boolean;
}

/** The arrival of credentials that hexuser moves or refreshes by itself. */
export const byItself: Arrival = { signIn: false, sameRegistry: false };

/**
 * Binds everything in mix hex's entries to an origin, and remembers the key with which the origin signs.
 *
 * Fails with `authentication_refused` if somebody has signed in and the key belongs to another origin, unless the person
 * says that both are the same registry. In that case, the key belongs to this origin from now on.
 */
export async function bindSlots(
  slots: HexSlots,
  origin: string,
  credentials: StoredCredentials,
  own: OwnEntry,
  arrival: Arrival,
): Promise<Pick<OwnEntry, "bindings" | "signingKeys">> {
  const notes: Partial<Record<SlotName, string | undefined>> = {
    session: credentials.session?.scope,
    ...credentials.keys?.names,
  };
  const bindings = new Map<SlotName, Binding>();
  for (const slot of slotNames) {
    const digest = digestOfSlot(slots, slot);
    if (digest !== undefined) bindings.set(slot, { origin, digest, note: notes[slot] });
  }
  const binding = bindings.get("session");
  if (slots.session === undefined || binding === undefined) return { bindings, signingKeys: own.signingKeys };
  const { signed, signingKeys } = await bindKey(slots.session, origin, own, arrival);
  const { clientId: id, madeAt } = credentials.session ?? {};
  const digest = digestOfRefreshToken(slots.session);
  const client = id === undefined || digest === undefined ? undefined : { id, digest };
  return { bindings: bindings.set("session", { ...binding, madeAt, client, signed }), signingKeys };
}

interface BoundKey {
  readonly signed: SignedClaims | undefined;
  readonly signingKeys: OwnEntry["signingKeys"];
}

/** Binds a session by the key that signed it, or only by its token if the session doesn't tell its key. */
export async function bindKey(
  session: SessionTokens,
  origin: string,
  own: OwnEntry,
  { signIn, sameRegistry }: Arrival,
): Promise<BoundKey> {
  const { signingKeys } = own;
  const before = own.bindings.get("session");
  if (before?.origin === origin && before.digest === digestOfSession(session)) {
    return { signed: before.signed, signingKeys };
  }
  const key = await findSigningKey(session);
  const claims = digestOfClaims(session);
  if (key === undefined || claims === undefined) return { signed: undefined, signingKeys };
  const holder = originOfKey(own, key);
  const changed = new Map(signingKeys).set(origin, key);
  if (holder !== undefined && holder !== origin) {
    if (signIn && !sameRegistry) throw keyOfAnother(origin, holder);
    if (!sameRegistry) return { signed: undefined, signingKeys };
    changed.delete(holder);
  }
  return { signed: { key, claims }, signingKeys: changed };
}

function keyOfAnother(origin: string, holder: string) {
  return fail(
    "authentication_refused",
    `The key of ${holder} signed the session that ${origin} gave. Either both are the same registry, or ${origin} has passed on a session of ${holder}. hexuser ended the session and stored nothing.`,
    {
      hint: hint`if ${origin} is a new address of the registry at ${holder}, sign in with ${{ call: "auth", given: { sameRegistry: true } }}; otherwise don't use ${origin}.`,
      needs: [{ answer: "sameRegistry", because: "missing" }],
      details: { reason: "key_of_other_registry", origin: holder },
    },
  );
}
