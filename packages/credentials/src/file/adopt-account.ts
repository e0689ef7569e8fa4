import type { Unclaimed } from "@hexuser/core";
import { type SlotName, slotNames } from "./assemble-credentials.ts";
import { bindKey } from "./bind-slots.ts";
import type { ConfigDocument } from "./config-document.ts";
import { digestOfSlot, type Holdings, readHoldings } from "./held-accounts.ts";
import { writeOwnEntry } from "./own-entry.ts";
import { isStranger, mayBelongTo } from "./session-owner.ts";
import { promote } from "./store-account.ts";

/**
 * The document in which credentials without a record belong to this origin. If there are none but the account is
 * kept in our entry, it gets mix hex's entries. A session that another registry signed stays as it is.
 */
export async function adoptAccount(document: ConfigDocument, origin: string): Promise<ConfigDocument> {
  const holdings = await readHoldings(document);
  const { slots, owners, own } = holdings;
  const unbound = await adoptableSlots(holdings, origin);
  if (unbound.length === 0) {
    const from = own.kept.has(origin) ? origin : (await adoptableKept(holdings, origin))[0];
    return from === undefined ? document : promote(document, { from, to: origin });
  }
  const bindings = new Map(own.bindings);
  let { signingKeys } = own;
  for (const [slot, owner] of owners) {
    const isAdopted = unbound.includes(slot);
    if (owner.assumed && !isAdopted) continue;
    // A key that was bound along with its pair has no binding of its own that matches.
    const bound = {
      ...owner,
      origin: isAdopted ? origin : owner.origin,
      digest: digestOfSlot(slots, slot) ?? "",
    };
    if (slot === "session" && slots.session !== undefined) {
      const key = await bindKey(slots.session, bound.origin, own, { signIn: false, sameRegistry: false });
      signingKeys = key.signingKeys;
      bindings.set(slot, { ...bound, signed: key.signed });
    } else {
      bindings.set(slot, bound);
    }
  }
  return writeOwnEntry(document, { ...own, bindings, signingKeys });
}

/** What the file holds that is no account's for certain, as far as it matters to this one. */
export async function findUnclaimed(holdings: Holdings, origin: string): Promise<Unclaimed | undefined> {
  const { owners, own } = holdings;
  const slots = await adoptableSlots(holdings, origin);
  const kept = await adoptableKept(holdings, origin);
  const [owner] = [...slots.map((slot) => owners.get(slot)?.origin ?? ""), ...kept];
  if (owner === undefined) {
    const isForeign = [...owners, ...own.kept].some(([, { assumed }]) => assumed);
    return isForeign ? { isForeign: true } : undefined;
  }
  return {
    ...(isStranger(owner) ? {} : { origin: owner }),
    ...(slots.includes("apiKey") ? { apiKey: true } : {}),
  };
}

async function adoptableSlots(
  { slots, owners, own }: Holdings,
  origin: string,
): Promise<readonly SlotName[]> {
  const unbound = slotNames.filter((slot) => owners.get(slot)?.assumed);
  const { session } = slots;
  const isOurs =
    !unbound.includes("session") || session === undefined || (await mayBelongTo(session, origin, own));
  return isOurs ? unbound : unbound.filter((slot) => slot !== "session");
}

async function adoptableKept({ own }: Holdings, origin: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [owner, { assumed, credentials }] of own.kept) {
    const { session } = credentials;
    const holdsAny = assumed && Object.keys(credentials).length > 0;
    if (holdsAny && (session === undefined || (await mayBelongTo(session, origin, own)))) {
      found.push(owner);
    }
  }
  return found;
}
