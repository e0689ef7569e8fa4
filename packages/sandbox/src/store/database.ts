import { DatabaseSync, type SQLInputValue } from "node:sqlite";

/** The tables. */
const schema = `
  create table if not exists users (
    id integer primary key autoincrement, username text not null unique, full_name text, email text not null,
    email_verified integer not null, email_key text, email_key_at integer, password_hash text,
    totp_secret text, pending_totp_secret text, active integer not null default 1,
    inserted_at integer not null, updated_at integer not null);
  create table if not exists organizations (
    id integer primary key autoincrement, name text not null unique, billing_active integer not null,
    inserted_at integer not null, updated_at integer not null);
  create table if not exists members (
    organization_id integer not null, user_id integer not null, role text not null,
    primary key (organization_id, user_id));
  create table if not exists packages (
    repository text not null, name text not null, owner_id integer not null, primary key (repository, name));
  create table if not exists keys (
    id integer primary key autoincrement, user_id integer, organization_id integer, name text not null,
    secret_hash text not null unique, permissions text not null, ends_at integer, last_use text,
    inserted_at integer not null, updated_at integer not null);
  create table if not exists sessions (
    id integer primary key autoincrement, user_id integer, organization_id integer, type text not null,
    client_id text, name text, cookie_hash text unique, last_used_at integer, revoked_at integer,
    inserted_at integer not null);
  create table if not exists tokens (
    id integer primary key autoincrement, session_id integer not null, client_id text not null,
    scope text not null, access_hash text not null unique, refresh_hash text unique,
    access_ends_at integer not null, refresh_ends_at integer, revoked_at integer, inserted_at integer not null);
  create table if not exists signing_keys (pem text not null);
  create table if not exists device_codes (
    id integer primary key autoincrement, device_code text not null unique, user_code text not null unique,
    client_id text not null, scope text not null, name text, status text not null, session_id integer,
    ends_at integer not null, inserted_at integer not null);
  create table if not exists password_resets (
    id integer primary key autoincrement, user_id integer not null, key_hash text not null,
    inserted_at integer not null);
  create table if not exists totp_failures (user_id integer not null, at integer not null);
  create table if not exists mails (
    id integer primary key autoincrement, recipient text not null, subject text not null, body text not null,
    links text not null, sent_at integer not null);
  create table if not exists audit_logs (
    id integer primary key autoincrement, user_id integer, organization_id integer, action text not null,
    user_agent text, params text not null, inserted_at integer not null);
`;

const tables = [...schema.matchAll(/create table if not exists (\w+)/g)].map((match) => match[1]);

/** A thin, typed layer over the built-in SQLite. */
export interface Database {
  /** Whether it stores nothing in a file. */
  readonly isInMemory: boolean;
  /** The first row, or undefined. */
  one<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined;
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[];
  /** Runs a statement and returns the id of the last row that it inserted. */
  run(sql: string, ...values: SQLInputValue[]): number;
  /** Empties every table and restarts the numbering. */
  clear(): void;
  close(): void;
}

/**
 * Opens the state of a sandbox and creates missing tables.
 * @param file a path, or `:memory:`
 * @throws Error if the file can't be opened or isn't a database
 */
export function openDatabase(file: string): Database {
  const sqlite = openFile(file);
  return {
    isInMemory: file === ":memory:",
    one: <Row>(sql: string, ...values: SQLInputValue[]) =>
      sqlite.prepare(sql).get(...values) as Row | undefined,
    all: <Row>(sql: string, ...values: SQLInputValue[]) => sqlite.prepare(sql).all(...values) as Row[],
    run: (sql, ...values) => Number(sqlite.prepare(sql).run(...values).lastInsertRowid),
    clear: () =>
      sqlite.exec([...tables, "sqlite_sequence"].map((table) => `delete from ${table};`).join(" ")),
    close: () => sqlite.close(),
  };
}

function openFile(file: string): DatabaseSync {
  try {
    const sqlite = new DatabaseSync(file);
    sqlite.exec("pragma journal_mode = wal; pragma synchronous = normal;");
    sqlite.exec(schema);
    return sqlite;
  } catch (error) {
    throw new Error(`can't store the state in ${file}: ${(error as Error).message}`);
  }
}
