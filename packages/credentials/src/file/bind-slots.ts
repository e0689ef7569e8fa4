import { fail, type StoredCredentials } from "@hexuser/core";
import { type SlotName, slotNames } from "./assemble-credentials.ts";
import { digestOfRefreshToken, digestOfSlot } from "./held-accounts.ts";
import type { HexSlots, SessionTokens } from "./hex-slots.ts";
import type { Binding, OwnEntry, SignedClaims } from "./own-entry.ts";
import { digestOfClaims } from "./session-claims.ts";
import { digestOfSession, originOfKey } from "./session-owner.ts";
import { findSigningKey } from "./signing-key.ts";

/** How credentials come into the file. */
export interface Arrival {
  /** Somebody has signed in, and did not just refresh. */
  readonly signIn: boolean;
  /** The person says that an origin whose key signed the session is the same registry as this one. */
  readonly sameRegistry: boolean;
}

type Bound = Pick<OwnEntry, "bindings" | "signingKeys">;

/**
 * Binds all that lies in mix hex's entries to an origin, and remembers the key that the origin signs with.
 *
 * Fails with `authentication_refused` if somebody has signed in and the key is another origin's, unless the person
 * says that they are the same registry: then the key is this origin's from now on.
 */
export async function bindSlots(
  slots: HexSlots,
  origin: string,
  credentials: StoredCredentials,
  own: OwnEntry,
  arrival: Arrival,
): Promise<Bound> {
  const notes: Partial<Record<SlotName, string | undefined>> = {
    session: credentials.session?.scope,
    ...credentials.keys?.names,
  };
  const bindings = new Map<SlotName, Binding>();
  for (const slot of slotNames) {
    const digest = digestOfSlot(slots, slot);
    if (digest !== undefined) {
      bindings.set(slot, { origin, digest, note: notes[slot] });
    }
  }
  const binding = bindings.get("session");
  if (slots.session === undefined || binding === undefined) {
    return { bindings, signingKeys: own.signingKeys };
  }
  const { signed, signingKeys } = await bindKey(slots.session, origin, own, arrival);
  const id = credentials.session?.clientId;
  const refreshToken = digestOfRefreshToken(slots.session);
  const client = id === undefined || refreshToken === undefined ? undefined : { id, digest: refreshToken };
  const { madeAt } = credentials.session ?? {};
  return { bindings: bindings.set("session", { ...binding, madeAt, client, signed }), signingKeys };
}

interface BoundKey {
  readonly signed: SignedClaims | undefined;
  readonly signingKeys: OwnEntry["signingKeys"];
}

/** Binds a session by the key that signed it. A session that doesn't tell its key is bound by its very token alone. */
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
  if (key === undefined || claims === undefined) {
    return { signed: undefined, signingKeys };
  }
  const holder = originOfKey(own, key);
  const changed = new Map(signingKeys).set(origin, key);
  if (holder !== undefined && holder !== origin) {
    if (signIn && !sameRegistry) {
      throw keyOfAnother(origin, holder);
    }
    if (!sameRegistry) {
      return { signed: undefined, signingKeys };
    }
    changed.delete(holder);
  }
  return { signed: { key, claims }, signingKeys: changed };
}

function keyOfAnother(origin: string, holder: string) {
  return fail(
    "authentication_refused",
    `The session that ${origin} gave is signed with the key of ${holder}. Either both are the same registry, or ${origin} has passed on a session of ${holder}. The session was ended, and nothing was stored.`,
    {
      hint: `if ${origin} is a new address of the registry at ${holder}, sign in with \`hexuser auth --same-registry\`; otherwise don't use ${origin}.`,
      needs: [{ answer: "sameRegistry", because: "missing" }],
      details: { reason: "key_of_other_registry", origin: holder },
    },
  );
}
