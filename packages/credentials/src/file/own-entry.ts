import { type ClassicKeys, fail, isSealed, type StoredCredentials } from "@hexuser/core";
import { type ConfigDocument, configValue, withValue } from "./config-document.ts";
import { binary, fieldOf, integer, keyName, type MapTerm, mapOf, type Term, textOf } from "./erlang-term.ts";
import { readSession, type SessionTokens, sessionTerm } from "./hex-slots.ts";

/** What is bound separately, because mix hex replaces them separately. */
export const slotNames = ["apiKey", "session", "write", "read", "repositories"] as const;
export type SlotName = (typeof slotNames)[number];

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
  /** By origin. */
  readonly kept: ReadonlyMap<string, KeptAccount>;
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
  return { bindings, kept };
}

/** Writes our entry; an empty one is left out. */
export function writeOwnEntry(document: ConfigDocument, { bindings, kept }: OwnEntry): ConfigDocument {
  if (bindings.size === 0 && kept.size === 0) {
    return configValue(document, name) === undefined ? document : withValue(document, name, undefined);
  }
  const bound = [...bindings].map(([slot, { origin, digest, note, madeAt, client }]) => {
    const term = mapOf({
      origin: binary(origin),
      digest: binary(digest),
      note: noteTerm(note),
      made_at: timeTerm(madeAt),
      client: noteTerm(client?.id),
      client_digest: noteTerm(client?.digest),
    });
    return [slot, term] as const;
  });
  const accounts = [...kept].map(([origin, account]) => [origin, accountTerm(account)] as const);
  const entry = mapOf({
    version: integer(version),
    bound: bound.length === 0 ? undefined : mapOf(Object.fromEntries(bound)),
    kept: accounts.length === 0 ? undefined : mapOf(Object.fromEntries(accounts)),
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

/** What is known of an account, in single parts. */
export interface Parts extends Partial<Record<Exclude<SlotName, "session">, string | undefined>> {
  readonly session?: SessionTokens | undefined;
  readonly scope?: string | undefined;
  readonly madeAt?: number | undefined;
  readonly clientId?: string | undefined;
  readonly names?: { readonly [Key in "write" | "read" | "repositories"]?: string | undefined };
}

/** Makes credentials of what is there; what is absent isn't a field either. */
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
}: Parts): StoredCredentials {
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

function readNote(term: Term | undefined): string | undefined {
  try {
    const text = textOf(term);
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
