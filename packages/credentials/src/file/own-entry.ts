import { fail, hint, isSealed, type StoredCredentials } from "@hexuser/core";
import { type ConfigDocument, configValue, withValue } from "./config-document.ts";
import { binary, fieldOf, integer, keyName, type MapTerm, mapOf, type Term, textOf } from "./erlang-term.ts";
import { assemble, readSession, type SlotName, sessionTerm, slotNames } from "./hex-slots.ts";

/** The registry for which a credential in one of mix hex's entries was made. */
export interface Binding {
  readonly origin: string;
  /** Identifies the credential. If the entry contains another one, the binding isn't valid. */
  readonly digest: string;
  /** The name of a key, or the scope of a session. mix hex's entries have no field for it. */
  readonly note?: string | undefined;
  /** When the person signed in, for a session. mix hex's entries have no field for it. */
  readonly madeAt?: number | undefined;
  /** The OAuth client that opened a session. */
  readonly client?: SessionClient | undefined;
  /** What stays the same when a session is refreshed. Version 0.1 bound a session only by its claims, without this. */
  readonly signed?: SignedClaims | undefined;
}

/** Identifies a session that mix hex has refreshed. */
export interface SignedClaims {
  /** The key that signed it. */
  readonly key: string;
  /** A digest. */
  readonly claims: string;
}

/** An OAuth client. mix hex refreshes and signs in with its own; after that, the session no longer belongs to this one. */
export interface SessionClient {
  readonly id: string;
  /** The digest of the client's refresh token. */
  readonly digest: string;
}

/** The credentials of a registry that another one has displaced from mix hex's entries. */
export interface KeptAccount {
  readonly credentials: StoredCredentials;
  /** Nobody has said yet that they belong to this registry. */
  readonly assumed: boolean;
  /** The entries of `'$repos'` that mix hex derived from them. */
  readonly repositories?: MapTerm | undefined;
}

export interface OwnEntry {
  readonly bindings: ReadonlyMap<SlotName, Binding>;
  /** By owner: an origin, or the name that `strangerOf` gives to an unknown one. */
  readonly kept: ReadonlyMap<string, KeptAccount>;
  /** By origin: the thumbprint of the key that signs its tokens. It stays when the person signs out. */
  readonly signingKeys: ReadonlyMap<string, string>;
}

/** The name of our entry. mix hex writes it back like all entries that it doesn't know. */
const name = "$hexuser";
const version = 1;

/** Reads our entry. Parts in another form than ours count as absent. */
export function readOwnEntry(document: ConfigDocument): OwnEntry {
  const entry = configValue(document, name);
  const found = fieldOf(entry, "version");
  if (found?.type === "integer" && found.value > version) {
    throw fail("storage_unavailable", "A newer version of hexuser wrote the credentials.", {
      hint: hint`update hexuser.`,
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

/** Writes our entry, or removes it if it is empty. */
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

/** Writes ASCII, because mix hex changes the bytes of other text when it writes it back. */
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
