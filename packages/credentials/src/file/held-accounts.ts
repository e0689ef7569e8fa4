import type { StoredCredentials } from "@hexuser/core";
import { originOf } from "../backend-failure.ts";
import { findSessionOwner, isStranger, type SlotOwner } from "./bindings.ts";
import { type ConfigDocument, configValue } from "./config-document.ts";
import { textOf } from "./erlang-term.ts";
import { assemble, digestOfSlot, type HexSlots, readSlots, type SlotName, slotNames } from "./hex-slots.ts";
import { type Binding, type OwnEntry, readOwnEntry } from "./own-entry.ts";
import { digestOfRefreshToken } from "./session-token.ts";

/** A file as accounts: mix hex's entries with their owners, and our entry. */
export interface Holdings {
  readonly slots: HexSlots;
  readonly owners: ReadonlyMap<SlotName, SlotOwner>;
  readonly own: OwnEntry;
  /** The origin of credentials without a record. */
  readonly defaultOrigin: string;
}

export const hexpmOrigin = "https://hex.pm";

/**
 * Finds the owners of the credentials in a file.
 *
 * mix hex has one place for each kind of credential, and doesn't record the registry. So:
 * - Our entry binds each credential to an origin, with its digest. If the binding is missing or doesn't match, the
 *   credential belongs to the origin of the file's `api_url`, or else to hex.pm, and is `assumed`. Sessions tell more:
 *   `findSessionOwner` finds their owner.
 * - The write and the read key of a sign-in stay bound while one of them matches, because a change of the local password
 *   changes the other. A replaced repositories key belongs to the same origin.
 * - mix hex's entries contain the account of the last sign-in. Our entry keeps the account that it displaced, whole.
 *   hexuser finds it there, too, and a refresh leaves it there.
 * - Kept and bound credentials take precedence over assumed ones, which may belong to another registry.
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

/** The account of an origin; `undefined` if the file holds nothing for it. */
export function findAccount(
  holdings: Holdings,
  origin: string,
): { readonly credentials: StoredCredentials; readonly assumed: boolean } | undefined {
  const { own, owners } = holdings;
  const kept = own.kept.get(origin);
  const usable = [...owners].filter(
    ([, owner]) => owner.origin === origin && !(owner.assumed && kept !== undefined && !kept.assumed),
  );
  if (usable.length === 0 && kept === undefined) return undefined;
  const fromSlots = slotCredentials(
    holdings,
    usable.map(([slot]) => slot),
  );
  const credentials = kept === undefined ? fromSlots : mergeCredentials(kept.credentials, fromSlots);
  if (Object.keys(credentials).length === 0) return undefined;
  return { credentials, assumed: kept?.assumed === true || usable.some(([, { assumed }]) => assumed) };
}

/** All origins that the file holds something for. */
export function heldOrigins({ owners, own }: Holdings): readonly string[] {
  const all = new Set([...owners.values()].map(({ origin }) => origin).concat([...own.kept.keys()]));
  return [...all].filter((owner) => !isStranger(owner));
}

/** The credentials in some of mix hex's entries, with the notes of our entry. */
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

/** Merges credentials. If both have a part, the second wins. */
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

function isKey(slot: SlotName): boolean {
  return slot === "write" || slot === "read" || slot === "repositories";
}

/** The owner of mix hex's entry for repositories: the owner of the credentials from which mix hex derives it. */
export function repositoriesOwner({ owners, defaultOrigin }: Holdings): string {
  const first = (["session", "repositories", "write", "read", "apiKey"] as const).find((slot) =>
    owners.has(slot),
  );
  return (first === undefined ? undefined : owners.get(first)?.origin) ?? defaultOrigin;
}
