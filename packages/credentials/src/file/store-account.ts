import { isDeepStrictEqual } from "node:util";
import { fail, isSealed, type StoredCredentials } from "@hexuser/core";
import { slotNames } from "./assemble-credentials.ts";
import { type Arrival, bindSlots } from "./bind-slots.ts";
import type { ConfigDocument } from "./config-document.ts";
import {
  findAccount,
  type Holdings,
  mergeCredentials,
  readHoldings,
  slotCredentials,
} from "./held-accounts.ts";
import { type HexSlots, putRepositories, readSlots, takeRepositories, writeSlots } from "./hex-slots.ts";
import { type KeptAccount, type OwnEntry, writeOwnEntry } from "./own-entry.ts";
import { digestOfClaims } from "./session-claims.ts";

/**
 * The document with an account's credentials as they are to be. They get mix hex's entries; another account that
 * lies there is kept in ours, with all that belongs to it. Only a refreshed session of an account that is kept
 * itself stays where it is, unless somebody has signed in to it again.
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
 * The document without an account: its keys and session, and what mix hex derived from them in `'$repos'`. If
 * that leaves mix hex's entries empty, an account that was displaced and is the file's default gets them back.
 *
 * @param moved the account stays good elsewhere, and so does what mix hex derived: the organizations' keys, which were
 *   made one by one, stay here
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
    // Assumed, so that it hides nothing that mix hex may put here.
    kept.set(origin, { credentials: {}, assumed: true, repositories: wasKept.repositories });
  }
  const leaving = [...owners].filter(
    ([, owner]) => owner.origin === origin && !(owner.assumed && wasKept !== undefined && !wasKept.assumed),
  );
  if (leaving.length === 0) {
    return writeOwnEntry(document, { ...own, kept });
  }
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

/** What a change means for a file that mix hex has written to meanwhile: only what was changed is carried over. */
export function carryOver(
  before: StoredCredentials | undefined,
  after: StoredCredentials | undefined,
  fresh: StoredCredentials | undefined,
): StoredCredentials | undefined {
  if (after === undefined) {
    return undefined;
  }
  const carried = { ...fresh };
  for (const part of ["apiKey", "session", "keys"] as const) {
    if (!isDeepStrictEqual(before?.[part], after[part])) {
      delete carried[part];
      Object.assign(carried, after[part] === undefined ? {} : { [part]: after[part] });
    }
  }
  return Object.keys(carried).length === 0 ? undefined : carried;
}

/** Gives an account that is kept in our entry mix hex's entries. */
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
  return occupySlots(cleared, to, promoted?.credentials ?? {}, rest, { signIn: false, sameRegistry: false });
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

/** Moves what lies in mix hex's entries for other origins into ours. */
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
  if (displaced.size === 0) {
    return [document, kept];
  }
  const others = [...owners].filter(([, owner]) => owner.origin !== origin).map(([slot]) => slot);
  const left = { ...slots, ...Object.fromEntries(others.map((slot) => [slot, undefined])) };
  const [cleared, repositories] = takeRepositories(writeSlots(document, left));
  const repositoriesOwner = (["session", "repositories", "write", "read", "apiKey"] as const)
    .map((slot) => owners.get(slot))
    .find((owner) => owner !== undefined)?.origin;
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
      repositories: (other === repositoriesOwner ? repositories : undefined) ?? there?.repositories,
    });
  }
  return [cleared, kept];
}

function toSlots({ apiKey, apiKeyFrom, session, keys }: StoredCredentials): HexSlots {
  const write = keys?.write;
  if (write !== undefined && !isSealed(write)) {
    throw fail("defect", "A write key came to the file without its encryption under the local password.");
  }
  return {
    // A key of the environment isn't this file's to keep.
    apiKey: apiKeyFrom === undefined ? apiKey : undefined,
    session,
    write: write?.sealed,
    read: keys?.read,
    repositories: keys?.repositories,
  };
}

/** Tells whether nothing but the tokens of the session changed. */
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
