import type { Session } from "@hexuser/core";
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

/** What mix hex keeps of a session. */
export type SessionTokens = Omit<Session, "scope" | "madeAt" | "clientId">;

/** The credentials in the entries that mix hex reads. `write` is encrypted under the local password. */
export interface HexSlots {
  readonly apiKey?: string | undefined;
  readonly session?: SessionTokens | undefined;
  readonly write?: string | undefined;
  readonly read?: string | undefined;
  readonly repositories?: string | undefined;
}

/** The name of the write key, today's first; older ones are read, and go when the key changes. */
const writeKeyNames = ["$write_key", "$encrypted_key", "encrypted_key"] as const;
/** mix hex's name of the public repository, in `'$repos'`. */
const hexpm = "hexpm";

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

/** A session from its term. A time that makes no sense counts as past: then it is refreshed. */
export function readSession(term: Term | undefined): SessionTokens | undefined {
  const accessToken = textOf(fieldOf(term, "access_token"));
  if (!accessToken) {
    return undefined;
  }
  const refreshToken = textOf(fieldOf(term, "refresh_token"));
  const expiry = fieldOf(term, "expires_at");
  const expiresAt = expiry?.type === "integer" ? Number(expiry.value) : 0;
  return {
    accessToken,
    ...(refreshToken ? { refreshToken } : {}),
    expiresAt: Number.isSafeInteger(expiresAt) ? expiresAt : 0,
  };
}

/** With binary keys: mix hex 2.4.0 to 2.4.2 reads no others. */
export function sessionTerm({ accessToken, refreshToken, expiresAt }: SessionTokens): MapTerm {
  return mapOf({
    access_token: binary(accessToken),
    expires_at: integer(expiresAt),
    refresh_token: refreshToken === undefined ? undefined : binary(refreshToken),
  });
}

/** Writes what differs from what is there; every other entry keeps its bytes. */
export function writeSlots(document: ConfigDocument, next: HexSlots): ConfigDocument {
  const now = readSlots(document);
  const text = (value: string | undefined) => (value === undefined ? undefined : binary(value));
  let changed = document;
  const set = (key: string, value: Term | undefined) => {
    changed = withValue(changed, key, value);
  };
  if (next.apiKey !== now.apiKey) {
    set("api_key", text(next.apiKey));
  }
  if (!sameSession(next.session, now.session)) {
    set("$oauth_token", next.session && sessionTerm(next.session));
  }
  if (next.write !== now.write) {
    for (const older of writeKeyNames.slice(1)) {
      set(older, undefined);
    }
    set("$write_key", text(next.write));
  }
  if (next.read !== now.read) {
    set("$read_key", text(next.read));
  }
  if (next.repositories !== now.repositories) {
    const repos = mapIn(document, "$repos");
    const entry = fieldOf(repos, hexpm);
    const old = entry?.type === "map" ? entry : mapOf({});
    // An atom: unlike in sessions, mix hex reads no other key here.
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
 * Takes out of `'$repos'` what mix hex derived from the account: the organizations (`hexpm:NAME`) and every
 * `oauth_token`. The key of `hexpm` is a slot; other repositories stay.
 *
 * @returns the document without it, and what was taken, to be put back by `putRepositories`
 */
export function takeRepositories(document: ConfigDocument): [ConfigDocument, MapTerm | undefined] {
  const repos = mapIn(document, "$repos");
  const left: [Term, Term][] = [];
  const taken: [Term, Term][] = [];
  for (const [name, entry] of repos.pairs) {
    const token = fieldOf(entry, "oauth_token");
    if (keyName(name)?.startsWith(`${hexpm}:`)) {
      taken.push([name, entry]);
    } else if (token !== undefined && entry.type === "map") {
      taken.push([
        name,
        { type: "map", pairs: entry.pairs.filter(([key]) => keyName(key) === "oauth_token") },
      ]);
      const rest = withField(entry, "oauth_token", undefined);
      if (rest.pairs.length > 0) {
        left.push([name, rest]);
      }
    } else {
      left.push([name, entry]);
    }
  }
  if (taken.length === 0) {
    return [document, undefined];
  }
  return [
    withValue(document, "$repos", orAbsent({ type: "map", pairs: left })),
    { type: "map", pairs: taken },
  ];
}

/** Puts back what `takeRepositories` took; what has come since wins. */
export function putRepositories(document: ConfigDocument, taken: MapTerm): ConfigDocument {
  let repos = mapIn(document, "$repos");
  for (const [name, entry] of taken.pairs) {
    const key = keyName(name);
    const there = key === undefined ? undefined : fieldOf(repos, key);
    if (key === undefined || entry.type !== "map") {
      continue;
    }
    const base = there?.type === "map" ? there : mapOf({});
    const missing = entry.pairs.filter(([field]) => fieldOf(base, keyName(field) ?? "") === undefined);
    repos = withField(repos, key, { type: "map", pairs: [...base.pairs, ...missing] });
  }
  return withValue(document, "$repos", orAbsent(repos));
}

function mapIn(document: ConfigDocument, key: string): MapTerm {
  const term = configValue(document, key);
  return term?.type === "map" ? term : mapOf({});
}

function orAbsent(map: MapTerm): MapTerm | undefined {
  return map.pairs.length === 0 ? undefined : map;
}
