import { isDeepStrictEqual } from "node:util";
import { fail, isSealed, type StoredCredentials } from "@hexuser/core";
import { type Arrival, bindSlots, byItself } from "./bindings.ts";
import type { ConfigDocument } from "./config-document.ts";
import {
  findAccount,
  type Holdings,
  mergeCredentials,
  readHoldings,
  repositoriesOwner,
  slotCredentials,
} from "./held-accounts.ts";
import {
  type HexSlots,
  putRepositories,
  readSlots,
  slotNames,
  takeRepositories,
  writeSlots,
} from "./hex-slots.ts";
import { type KeptAccount, type OwnEntry, writeOwnEntry } from "./own-entry.ts";
import { digestOfClaims } from "./session-token.ts";

/**
 * Makes the document with an account's new credentials. They go to mix hex's entries, and another account there moves to
 * our entry, with everything that belongs to it. Only the refreshed session of an account that our entry keeps stays
 * there, unless somebody has signed in to that account again.
 */
export async function storeAccount(
  document: ConfigDocument,
  origin: string,
  next: StoredCredentials,
  arrival: Arrival,
): Promise<ConfigDocument> {
  const holdings = await readHoldings(document);
  const { own } = holdings;
  const kept = own.kept.get(origin);
  const before = findAccount(holdings, origin)?.credentials;
  const inSlots = [...holdings.owners.values()].some((owner) => owner.origin === origin && !owner.assumed);
  if (
    !arrival.signIn &&
    kept !== undefined &&
    !inSlots &&
    before !== undefined &&
    isRefreshed(before, next)
  ) {
    const account = { ...kept, credentials: next, assumed: false };
    return writeOwnEntry(document, { ...own, kept: new Map(own.kept).set(origin, account) });
  }
  const [cleared, others] = displaceOthers(document, holdings, origin);
  const rest = { own: { ...own, kept: others }, repositories: kept?.repositories };
  return occupySlots(cleared, origin, next, rest, arrival);
}

/**
 * Makes the document without an account: its keys, its session, and the entries of `'$repos'` that mix hex derived from
 * them. If that leaves mix hex's entries empty, a displaced account of the file's default origin gets them back.
 *
 * @param moved the account stays valid in another place. The organizations' keys that mix hex derived then stay here,
 *   because a person made them one by one
 */
export async function removeAccount(
  document: ConfigDocument,
  origin: string,
  moved = false,
): Promise<ConfigDocument> {
  const holdings = await readHoldings(document);
  const { slots, owners, own, defaultOrigin } = holdings;
  const wasKept = own.kept.get(origin);
  const kept = new Map(own.kept);
  kept.delete(origin);
  if (moved && wasKept?.repositories !== undefined) {
    // Assumed, so that it doesn't hide what mix hex may store here.
    kept.set(origin, { credentials: {}, assumed: true, repositories: wasKept.repositories });
  }
  const leaving = [...owners].filter(
    ([, owner]) => owner.origin === origin && !(owner.assumed && wasKept !== undefined && !wasKept.assumed),
  );
  if (leaving.length === 0) return writeOwnEntry(document, { ...own, kept });
  const left: HexSlots = { ...slots, ...Object.fromEntries(leaving.map(([slot]) => [slot, undefined])) };
  const isEmpty = slotNames.every((slot) => left[slot] === undefined);
  const remaining = writeSlots(document, left);
  const derived = !moved && (isEmpty || leaving.some(([slot]) => slot !== "apiKey"));
  const [written] = derived ? takeRepositories(remaining) : [remaining];
  const bindings = new Map([...own.bindings].filter(([slot]) => left[slot] !== undefined));
  const cleared = writeOwnEntry(written, { ...own, bindings, kept });
  const returning = kept.get(defaultOrigin);
  return returning !== undefined && isEmpty
    ? promote(cleared, { from: defaultOrigin, to: defaultOrigin })
    : cleared;
}

/** Applies a change to a file that mix hex has changed meanwhile: it carries over only the changed parts. */
export function carryOver(
  before: StoredCredentials | undefined,
  after: StoredCredentials | undefined,
  fresh: StoredCredentials | undefined,
): StoredCredentials | undefined {
  if (after === undefined) return undefined;
  const carried = { ...fresh };
  for (const part of ["apiKey", "session", "keys"] as const) {
    if (!isDeepStrictEqual(before?.[part], after[part])) {
      delete carried[part];
      Object.assign(carried, after[part] === undefined ? {} : { [part]: after[part] });
    }
  }
  return Object.keys(carried).length === 0 ? undefined : carried;
}

/** Moves an account from our entry to mix hex's entries. */
export async function promote(
  document: ConfigDocument,
  { from, to }: { from: string; to: string },
): Promise<ConfigDocument> {
  const holdings = await readHoldings(document);
  const promoted = holdings.own.kept.get(from);
  const [cleared, others] = displaceOthers(document, holdings, to);
  const kept = new Map(others);
  kept.delete(from);
  const rest = { own: { ...holdings.own, kept }, repositories: promoted?.repositories };
  return occupySlots(cleared, to, promoted?.credentials ?? {}, rest, byItself);
}

async function occupySlots(
  document: ConfigDocument,
  origin: string,
  credentials: StoredCredentials,
  { own, repositories }: { readonly own: OwnEntry } & Pick<KeptAccount, "repositories">,
  arrival: Arrival,
): Promise<ConfigDocument> {
  const written = writeSlots(document, toSlots(credentials));
  const whole = repositories === undefined ? written : putRepositories(written, repositories);
  const bound = await bindSlots(readSlots(whole), origin, credentials, own, arrival);
  return writeOwnEntry(whole, { ...bound, kept: own.kept });
}

/** Moves the credentials of other origins from mix hex's entries to ours. */
function displaceOthers(
  document: ConfigDocument,
  holdings: Holdings,
  origin: string,
): [ConfigDocument, ReadonlyMap<string, KeptAccount>] {
  const { slots, owners, own } = holdings;
  const kept = new Map(own.kept);
  kept.delete(origin);
  const displaced = new Set([...owners.values()].map((owner) => owner.origin));
  displaced.delete(origin);
  if (displaced.size === 0) return [document, kept];
  const others = [...owners].filter(([, owner]) => owner.origin !== origin).map(([slot]) => slot);
  const left = { ...slots, ...Object.fromEntries(others.map((slot) => [slot, undefined])) };
  const [cleared, repositories] = takeRepositories(writeSlots(document, left));
  const owner = repositoriesOwner(holdings);
  for (const other of displaced) {
    const theirs = others.filter((slot) => owners.get(slot)?.origin === other);
    const there = kept.get(other);
    const assumed = theirs.some((slot) => owners.get(slot)?.assumed);
    const found = slotCredentials(holdings, theirs);
    const credentials =
      there === undefined
        ? found
        : assumed && !there.assumed
          ? mergeCredentials(found, there.credentials)
          : mergeCredentials(there.credentials, found);
    kept.set(other, {
      credentials,
      assumed: there === undefined ? assumed : there.assumed && assumed,
      repositories: (other === owner ? repositories : undefined) ?? there?.repositories,
    });
  }
  return [cleared, kept];
}

function toSlots({ apiKey, apiKeyFrom, session, keys }: StoredCredentials): HexSlots {
  const write = keys?.write;
  if (write !== undefined && !isSealed(write)) {
    throw fail("defect", "A write key came to the file without the encryption by the local password.");
  }
  return {
    // A key from the environment doesn't belong in the file.
    apiKey: apiKeyFrom === undefined ? apiKey : undefined,
    session,
    write: write?.sealed,
    read: keys?.read,
    repositories: keys?.repositories,
  };
}

/** Tells whether only the tokens of the session changed. */
function isRefreshed(before: StoredCredentials, after: StoredCredentials): boolean {
  return (
    before.session !== undefined &&
    after.session !== undefined &&
    before.session.accessToken !== after.session.accessToken &&
    before.session.scope === after.session.scope &&
    isDeepStrictEqual({ ...before, session: undefined }, { ...after, session: undefined }) &&
    digestOfClaims(before.session) === digestOfClaims(after.session)
  );
}
