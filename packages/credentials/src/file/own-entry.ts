import { fail, isSealed, type StoredCredentials } from "@hexuser/core";
import { assemble, type SlotName, slotNames } from "./assemble-credentials.ts";
import { type ConfigDocument, configValue, withValue } from "./config-document.ts";
import { binary, fieldOf, integer, keyName, type MapTerm, mapOf, type Term, textOf } from "./erlang-term.ts";
import { readSession, sessionTerm } from "./hex-slots.ts";

/** For which registry the credential in one of mix hex's entries was made. */
export interface Binding {
  readonly origin: string;
  /** Of the credential: when another lies there, the binding doesn't hold. */
  readonly digest: string;
  /** What mix hex's entries have no room for: the name of a key, the scope of a session. */
  readonly note?: string | undefined;
  /** Of a session, for which there is no room either: when the person signed in. */
  readonly madeAt?: number | undefined;
  /** Of a session: the OAuth client that opened it. */
  readonly client?: SessionClient | undefined;
  /** Of a session: what stays when it is refreshed. Version 0.1 wrote none, and bound a session by its claims alone. */
  readonly signed?: SignedClaims | undefined;
}

/** What a session is known by after mix hex has refreshed it: the key that signed it, and its claims. */
export interface SignedClaims {
  readonly key: string;
  /** A digest. */
  readonly claims: string;
}

/** mix hex refreshes by its own client, and signs in anew by it: then the session is no longer the other one's. */
export interface SessionClient {
  readonly id: string;
  /** Of the refresh token that the client got. */
  readonly digest: string;
}

/** The credentials of a registry that another one has displaced from mix hex's entries. */
export interface KeptAccount {
  readonly credentials: StoredCredentials;
  /** Nobody said so far that they belong to this registry. */
  readonly assumed: boolean;
  /** What mix hex derived from them in `'$repos'`. */
  readonly repositories?: MapTerm | undefined;
}

export interface OwnEntry {
  readonly bindings: ReadonlyMap<SlotName, Binding>;
  /** By owner: an origin, or what `strangerOf` names where the origin isn't known. */
  readonly kept: ReadonlyMap<string, KeptAccount>;
  /** The thumbprint of the key that an origin signs its tokens with, by origin. They stay when the person signs out. */
  readonly signingKeys: ReadonlyMap<string, string>;
}

/** The name of our entry. mix hex writes it back with all the others that it doesn't know. */
const name = "$hexuser";
const version = 1;

/** Reads our entry; what isn't as we write it counts as absent. */
export function readOwnEntry(document: ConfigDocument): OwnEntry {
  const entry = configValue(document, name);
  const found = fieldOf(entry, "version");
  if (found?.type === "integer" && found.value > version) {
    throw fail("storage_unavailable", "The credentials were written by a newer version of hexuser.", {
      hint: "update hexuser.",
    });
  }
  const bindings = new Map<SlotName, Binding>();
  for (const slot of slotNames) {
    const binding = fieldOf(fieldOf(entry, "bound"), slot);
    const origin = textOf(fieldOf(binding, "origin"));
    const digest = textOf(fieldOf(binding, "digest"));
    if (origin && digest) {
      bindings.set(slot, {
        origin,
        digest,
        note: readNote(fieldOf(binding, "note")),
        madeAt: readTime(fieldOf(binding, "made_at")),
        client: readClient(binding),
        signed: readSigned(binding),
      });
    }
  }
  const kept = new Map<string, KeptAccount>();
  const accounts = fieldOf(entry, "kept");
  for (const [key, account] of accounts?.type === "map" ? accounts.pairs : []) {
    const origin = keyName(key);
    if (origin) {
      const repositories = fieldOf(account, "repos");
      kept.set(origin, {
        credentials: readCredentials(account),
        assumed: fieldOf(account, "assumed") !== undefined,
        repositories: repositories?.type === "map" ? repositories : undefined,
      });
    }
  }
  const signingKeys = new Map<string, string>();
  const keys = fieldOf(entry, "signing_keys");
  for (const [key, value] of keys?.type === "map" ? keys.pairs : []) {
    const [origin, thumbprint] = [keyName(key), readThumbprint(value)];
    if (origin && thumbprint) {
      signingKeys.set(origin, thumbprint);
    }
  }
  return { bindings, kept, signingKeys };
}

/** Writes our entry; an empty one is left out. */
export function writeOwnEntry(
  document: ConfigDocument,
  { bindings, kept, signingKeys }: OwnEntry,
): ConfigDocument {
  if (bindings.size === 0 && kept.size === 0 && signingKeys.size === 0) {
    return configValue(document, name) === undefined ? document : withValue(document, name, undefined);
  }
  const bound = [...bindings].map(([slot, { origin, digest, note, madeAt, client, signed }]) => {
    const term = mapOf({
      origin: binary(origin),
      digest: binary(digest),
      note: noteTerm(note),
      made_at: timeTerm(madeAt),
      client: noteTerm(client?.id),
      client_digest: noteTerm(client?.digest),
      signing_key: noteTerm(signed?.key),
      claims: noteTerm(signed?.claims),
    });
    return [slot, term] as const;
  });
  const accounts = [...kept].map(([owner, account]) => [owner, accountTerm(account)] as const);
  const keys = [...signingKeys].map(([origin, key]) => [origin, binary(key)] as const);
  const entry = mapOf({
    version: integer(version),
    bound: bound.length === 0 ? undefined : mapOf(Object.fromEntries(bound)),
    kept: accounts.length === 0 ? undefined : mapOf(Object.fromEntries(accounts)),
    signing_keys: keys.length === 0 ? undefined : mapOf(Object.fromEntries(keys)),
  });
  return withValue(document, name, entry);
}

function accountTerm({ credentials, assumed, repositories }: KeptAccount): MapTerm {
  const { apiKey, session, keys } = credentials;
  const { write, read, repositories: repositoriesKey, names } = keys ?? {};
  const text = (value: string | undefined) => (value === undefined ? undefined : binary(value));
  return mapOf({
    api_key: text(apiKey),
    session: session && sessionTerm(session),
    scope: noteTerm(session?.scope),
    made_at: timeTerm(session?.madeAt),
    client: noteTerm(session?.clientId),
    write_key: text(write === undefined || !isSealed(write) ? undefined : write.sealed),
    read_key: text(read),
    repositories_key: text(repositoriesKey),
    write_name: noteTerm(names?.write),
    read_name: noteTerm(names?.read),
    repositories_name: noteTerm(names?.repositories),
    assumed: assumed ? integer(1) : undefined,
    repos: repositories,
  });
}

function readCredentials(account: Term): StoredCredentials {
  const text = (field: string) => textOf(fieldOf(account, field)) || undefined;
  const note = (field: string) => readNote(fieldOf(account, field));
  const session = readSession(fieldOf(account, "session"));
  return assemble({
    apiKey: text("api_key"),
    session,
    scope: note("scope"),
    madeAt: readTime(fieldOf(account, "made_at")),
    clientId: note("client"),
    write: text("write_key"),
    read: text("read_key"),
    repositories: text("repositories_key"),
    names: { write: note("write_name"), read: note("read_name"), repositories: note("repositories_name") },
  });
}

function timeTerm(seconds: number | undefined): Term | undefined {
  return seconds === undefined ? undefined : integer(seconds);
}

function readTime(term: Term | undefined): number | undefined {
  const seconds = term?.type === "integer" ? Number(term.value) : Number.NaN;
  return Number.isSafeInteger(seconds) ? seconds : undefined;
}

/** In ASCII: mix hex writes other text of ours back as different bytes. */
function noteTerm(note: string | undefined): Term | undefined {
  return note === undefined ? undefined : binary(encodeURIComponent(note.toWellFormed()));
}

function readClient(binding: Term | undefined): SessionClient | undefined {
  const id = readNote(fieldOf(binding, "client"));
  const digest = readNote(fieldOf(binding, "client_digest"));
  return id && digest ? { id, digest } : undefined;
}

function readSigned(binding: Term | undefined): SignedClaims | undefined {
  const key = readThumbprint(fieldOf(binding, "signing_key"));
  const claims = readThumbprint(fieldOf(binding, "claims"));
  return key && claims ? { key, claims } : undefined;
}

/** A SHA-256 in base64url. */
function readThumbprint(term: Term | undefined): string | undefined {
  const text = textOf(term) ?? "";
  return /^[\w-]{43}$/.test(text) ? text : undefined;
}

function readNote(term: Term | undefined): string | undefined {
  try {
    const text = textOf(term);
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
