import type { StoredCredentials } from "@hexuser/core";
import { assemble, type SlotName, slotNames } from "./assemble-credentials.ts";
import { type ConfigDocument, configValue } from "./config-document.ts";
import { textOf } from "./erlang-term.ts";
import { type HexSlots, readSlots } from "./hex-slots.ts";
import { type Binding, type OwnEntry, readOwnEntry } from "./own-entry.ts";
import { digestOf } from "./session-claims.ts";
import { digestOfSession, findSessionOwner, isStranger, type SlotOwner } from "./session-owner.ts";

/** A file as accounts: what lies in mix hex's entries, whose it is, and what is kept in ours. */
export interface Holdings {
  readonly slots: HexSlots;
  readonly owners: ReadonlyMap<SlotName, SlotOwner>;
  readonly own: OwnEntry;
  /** The origin of what has no record. */
  readonly defaultOrigin: string;
}

const hexpmOrigin = "https://hex.pm";

/**
 * Tells whose the credentials of a file are.
 *
 * mix hex has one place for each kind of credential, and doesn't say for which registry they are. So:
 * - Each one is bound to an origin in our entry, with its digest. Where that is missing or doesn't match, it
 *   belongs to the origin of the file's `api_url`, else to hex.pm, and is `assumed`. Of sessions more is known:
 *   `findSessionOwner` tells whose they are.
 * - The write and the read key of a sign-in are bound while either still matches, since a change of the local
 *   password changes the one; a repositories key that was replaced goes with them.
 * - mix hex's entries hold the account that was signed in with last; an account that this displaced is kept in our
 *   entry, whole. It is found there, too, and mere refreshing leaves it there.
 * - What is kept and bound is believed rather than what is assumed: that may be another registry's.
 */
export async function readHoldings(document: ConfigDocument): Promise<Holdings> {
  const slots = readSlots(document);
  const own = readOwnEntry(document);
  const defaultOrigin = originOf(textOf(configValue(document, "api_url")) ?? "") ?? hexpmOrigin;
  const bound = (slot: SlotName): Binding | undefined => {
    const binding = own.bindings.get(slot);
    return binding !== undefined && digestOfSlot(slots, slot) === binding.digest ? binding : undefined;
  };
  const pair = bound("write") ?? bound("read");
  const owners = new Map<SlotName, SlotOwner>();
  for (const slot of slotNames) {
    if (slot === "session" && slots.session !== undefined) {
      owners.set(slot, await findSessionOwner(slots.session, own, defaultOrigin));
    } else if (slots[slot] !== undefined) {
      const binding = bound(slot);
      const origin = binding?.origin ?? (isKey(slot) ? pair?.origin : undefined);
      owners.set(
        slot,
        origin === undefined
          ? { origin: defaultOrigin, assumed: true }
          : { origin, assumed: false, note: binding?.note },
      );
    }
  }
  return { slots, owners, own, defaultOrigin };
}

/** An account of the file; `undefined` when it holds nothing for the origin. */
export function findAccount(
  holdings: Holdings,
  origin: string,
): { readonly credentials: StoredCredentials; readonly assumed: boolean } | undefined {
  const { own, owners } = holdings;
  const kept = own.kept.get(origin);
  const usable = [...owners].filter(
    ([, owner]) => owner.origin === origin && !(owner.assumed && kept !== undefined && !kept.assumed),
  );
  if (usable.length === 0 && kept === undefined) {
    return undefined;
  }
  const fromSlots = slotCredentials(
    holdings,
    usable.map(([slot]) => slot),
  );
  const credentials = kept === undefined ? fromSlots : mergeCredentials(kept.credentials, fromSlots);
  if (Object.keys(credentials).length === 0) {
    return undefined;
  }
  return { credentials, assumed: kept?.assumed === true || usable.some(([, { assumed }]) => assumed) };
}

/** Every origin that the file holds something for. */
export function heldOrigins({ owners, own }: Holdings): readonly string[] {
  const all = new Set([...owners.values()].map(({ origin }) => origin).concat([...own.kept.keys()]));
  return [...all].filter((owner) => !isStranger(owner));
}

/** What lies in some of mix hex's entries, with what our entry notes about it. */
export function slotCredentials({ slots, owners }: Holdings, chosen: readonly SlotName[]): StoredCredentials {
  const only = Object.fromEntries(chosen.map((slot) => [slot, slots[slot]]));
  const note = (slot: SlotName) => owners.get(slot)?.note;
  const names = { write: note("write"), read: note("read"), repositories: note("repositories") };
  const client = owners.get("session")?.client;
  const isTheirs = client !== undefined && client.digest === digestOfRefreshToken(slots.session);
  return assemble({
    ...only,
    scope: note("session"),
    madeAt: owners.get("session")?.madeAt,
    clientId: isTheirs ? client.id : undefined,
    names,
  });
}

/** `undefined` for a session that can't be refreshed. */
export function digestOfRefreshToken(session: HexSlots["session"]): string | undefined {
  return session?.refreshToken === undefined ? undefined : digestOf(`refresh ${session.refreshToken}`);
}

/** Both together; where both have something, the second. */
export function mergeCredentials(one: StoredCredentials, other: StoredCredentials): StoredCredentials {
  const keys = { ...one.keys, ...other.keys };
  const names = { ...one.keys?.names, ...other.keys?.names };
  return {
    ...one,
    ...other,
    ...(Object.keys(keys).length === 0 ? {} : { keys }),
    ...(Object.keys(names).length === 0 ? {} : { keys: { ...keys, names } }),
  };
}

/** The digest of the very credential in one of mix hex's entries; `undefined` when nothing is there. */
export function digestOfSlot(slots: HexSlots, slot: SlotName): string | undefined {
  if (slot === "session") {
    return slots.session && digestOfSession(slots.session);
  }
  const secret = slots[slot];
  return secret === undefined ? undefined : digestOf(`${slot} ${secret}`);
}

/** Scheme, host and port; `undefined` for what is no http address. */
export function originOf(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url?.protocol === "http:" || url?.protocol === "https:" ? url.origin : undefined;
}

function isKey(slot: SlotName): boolean {
  return slot === "write" || slot === "read" || slot === "repositories";
}
