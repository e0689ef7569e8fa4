import type { Unclaimed } from "@hexuser/core";
import { bindKey, byItself, isStranger, mayBelongTo } from "./bindings.ts";
import type { ConfigDocument } from "./config-document.ts";
import { type Holdings, readHoldings } from "./held-accounts.ts";
import { digestOfSlot, type SlotName, slotNames } from "./hex-slots.ts";
import { writeOwnEntry } from "./own-entry.ts";
import { promote } from "./store-account.ts";

/**
 * Makes a document in which credentials without a record belong to this origin. If there are no such credentials but our
 * entry keeps the account, the account moves to mix hex's entries. A session that another registry signed stays the same.
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
    // A key that was bound together with the other key of its sign-in has no matching binding of its own.
    const bound = {
      ...owner,
      origin: isAdopted ? origin : owner.origin,
      digest: digestOfSlot(slots, slot) ?? "",
    };
    if (slot === "session" && slots.session !== undefined) {
      const key = await bindKey(slots.session, bound.origin, own, byItself);
      signingKeys = key.signingKeys;
      bindings.set(slot, { ...bound, signed: key.signed });
    } else {
      bindings.set(slot, bound);
    }
  }
  return writeOwnEntry(document, { ...own, bindings, signingKeys });
}

/** Finds the credentials without a certain owner that may matter to this account. */
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
    if (holdsAny && (session === undefined || (await mayBelongTo(session, origin, own)))) found.push(owner);
  }
  return found;
}
