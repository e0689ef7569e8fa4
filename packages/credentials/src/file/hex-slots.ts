import type { ClassicKeys, Session, StoredCredentials } from "@hexuser/core";
import { type ConfigDocument, configValue, withValue } from "./config-document.ts";
import {
  atom,
  binary,
  fieldOf,
  integer,
  keyName,
  type MapTerm,
  mapOf,
  type Term,
  textOf,
  withField,
} from "./erlang-term.ts";
import { digestOf, digestOfSession } from "./session-token.ts";

/** The parts of a sign-in that are bound to a registry separately, because mix hex replaces them separately. */
export const slotNames = ["apiKey", "session", "write", "read", "repositories"] as const;
export type SlotName = (typeof slotNames)[number];

/** The part of a session that mix hex stores. */
export type SessionTokens = Omit<Session, "scope" | "madeAt" | "clientId">;

/** The credentials in the entries of mix hex. The local password encrypts `write`. */
export interface HexSlots extends Partial<Record<Exclude<SlotName, "session">, string | undefined>> {
  readonly session?: SessionTokens | undefined;
}

/** The names of the write key, today's first. hexuser reads the older ones, and removes them when the key changes. */
const writeKeyNames = ["$write_key", "$encrypted_key", "encrypted_key"] as const;
/** mix hex's name of the public repository, in `'$repos'`. */
export const hexpm = "hexpm";

export function readSlots(document: ConfigDocument): HexSlots {
  const text = (term: Term | undefined) => textOf(term) || undefined;
  return {
    apiKey: text(configValue(document, "api_key")),
    session: readSession(configValue(document, "$oauth_token")),
    write: writeKeyNames.map((name) => text(configValue(document, name))).find((key) => key !== undefined),
    read: text(configValue(document, "$read_key")),
    repositories: text(fieldOf(fieldOf(configValue(document, "$repos"), hexpm), "auth_key")),
  };
}

/** The digest that identifies the credential in a slot; `undefined` if the slot is empty. */
export function digestOfSlot(slots: HexSlots, slot: SlotName): string | undefined {
  if (slot === "session") return slots.session && digestOfSession(slots.session);
  const secret = slots[slot];
  return secret === undefined ? undefined : digestOf(`${slot} ${secret}`);
}

/** Reads a session from its term. An invalid time counts as past, so that the session is refreshed. */
export function readSession(term: Term | undefined): SessionTokens | undefined {
  const accessToken = textOf(fieldOf(term, "access_token"));
  if (!accessToken) return undefined;
  const refreshToken = textOf(fieldOf(term, "refresh_token"));
  const expiry = fieldOf(term, "expires_at");
  const expiresAt = expiry?.type === "integer" ? Number(expiry.value) : 0;
  return {
    accessToken,
    ...(refreshToken ? { refreshToken } : {}),
    expiresAt: Number.isSafeInteger(expiresAt) ? expiresAt : 0,
  };
}

/** Has binary keys, because mix hex 2.4.0 to 2.4.2 reads no others. */
export function sessionTerm({ accessToken, refreshToken, expiresAt }: SessionTokens): MapTerm {
  return mapOf({
    access_token: binary(accessToken),
    expires_at: integer(expiresAt),
    refresh_token: refreshToken === undefined ? undefined : binary(refreshToken),
  });
}

/** Writes the slots that differ from the document. Every other entry keeps its bytes. */
export function writeSlots(document: ConfigDocument, next: HexSlots): ConfigDocument {
  const now = readSlots(document);
  const text = (value: string | undefined) => (value === undefined ? undefined : binary(value));
  let changed = document;
  const set = (key: string, value: Term | undefined) => {
    changed = withValue(changed, key, value);
  };
  if (next.apiKey !== now.apiKey) set("api_key", text(next.apiKey));
  if (!sameSession(next.session, now.session)) set("$oauth_token", next.session && sessionTerm(next.session));
  if (next.write !== now.write) {
    for (const older of writeKeyNames.slice(1)) set(older, undefined);
    set("$write_key", text(next.write));
  }
  if (next.read !== now.read) set("$read_key", text(next.read));
  if (next.repositories !== now.repositories) {
    const repos = repositoriesIn(document);
    const entry = fieldOf(repos, hexpm);
    const old = entry?.type === "map" ? entry : mapOf({});
    // An atom, because mix hex reads no other key here, unlike in sessions.
    const withKey = withField(old, "auth_key", text(next.repositories), atom("auth_key"));
    set("$repos", orAbsent(withField(repos, hexpm, orAbsent(withKey))));
  }
  return changed;
}

function sameSession(one: HexSlots["session"], other: HexSlots["session"]): boolean {
  return (
    one?.accessToken === other?.accessToken &&
    one?.refreshToken === other?.refreshToken &&
    one?.expiresAt === other?.expiresAt
  );
}

/**
 * Takes from `'$repos'` what mix hex derived from the account: the organizations (`hexpm:NAME`) and every `oauth_token`.
 * The key of `hexpm` is a slot, and other repositories stay.
 *
 * @returns the document without these entries, and the entries for `putRepositories`
 */
export function takeRepositories(document: ConfigDocument): [ConfigDocument, MapTerm | undefined] {
  const left: [Term, Term][] = [];
  const taken: [Term, Term][] = [];
  for (const [name, entry] of repositoriesIn(document).pairs) {
    const token = fieldOf(entry, "oauth_token");
    if (keyName(name)?.startsWith(`${hexpm}:`)) {
      taken.push([name, entry]);
    } else if (token !== undefined && entry.type === "map") {
      const tokens = entry.pairs.filter(([key]) => keyName(key) === "oauth_token");
      taken.push([name, { type: "map", pairs: tokens }]);
      const rest = withField(entry, "oauth_token", undefined);
      if (rest.pairs.length > 0) left.push([name, rest]);
    } else {
      left.push([name, entry]);
    }
  }
  if (taken.length === 0) return [document, undefined];
  return [withRepositories(document, { type: "map", pairs: left }), { type: "map", pairs: taken }];
}

/** Puts back what `takeRepositories` took. Entries that were added since then win. */
export function putRepositories(document: ConfigDocument, taken: MapTerm): ConfigDocument {
  let repos = repositoriesIn(document);
  for (const [name, entry] of taken.pairs) {
    const key = keyName(name);
    if (key === undefined || entry.type !== "map") continue;
    const there = fieldOf(repos, key);
    const base = there?.type === "map" ? there : mapOf({});
    const missing = entry.pairs.filter(([field]) => fieldOf(base, keyName(field) ?? "") === undefined);
    repos = withField(repos, key, { type: "map", pairs: [...base.pairs, ...missing] });
  }
  return withRepositories(document, repos);
}

/** mix hex's entry for repositories. */
export function repositoriesIn(document: ConfigDocument): MapTerm {
  const term = configValue(document, "$repos");
  return term?.type === "map" ? term : mapOf({});
}

/** Writes mix hex's entry for repositories, or removes it if it's empty. */
export function withRepositories(document: ConfigDocument, repositories: MapTerm): ConfigDocument {
  return withValue(document, "$repos", orAbsent(repositories));
}

function orAbsent(map: MapTerm): MapTerm | undefined {
  return map.pairs.length === 0 ? undefined : map;
}

/** Slots, and what hexuser itself notes about them. */
export interface NotedSlots extends HexSlots {
  readonly scope?: string | undefined;
  readonly madeAt?: number | undefined;
  readonly clientId?: string | undefined;
  readonly names?: { readonly [Key in "write" | "read" | "repositories"]?: string | undefined };
}

/** Makes credentials of slots. Absent parts don't become fields. */
export function assemble({
  apiKey,
  session,
  scope,
  madeAt,
  clientId,
  write,
  read,
  repositories,
  names,
}: NotedSlots): StoredCredentials {
  const keys = present<ClassicKeys>({
    write: write === undefined ? undefined : { sealed: write },
    read,
    repositories,
  });
  const knownNames = present<NonNullable<ClassicKeys["names"]>>({
    write: write === undefined ? undefined : names?.write,
    read: read === undefined ? undefined : names?.read,
    repositories: repositories === undefined ? undefined : names?.repositories,
  });
  return (
    present<StoredCredentials>({
      apiKey,
      session: session && { ...session, ...present({ scope, madeAt, clientId }) },
      keys: keys && { ...keys, ...(knownNames === undefined ? {} : { names: knownNames }) },
    }) ?? {}
  );
}

function present<T extends object>(fields: { [Name in keyof T]: T[Name] | undefined }): T | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as T);
}
