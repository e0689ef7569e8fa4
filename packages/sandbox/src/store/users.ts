import type { Origin, Registry } from "../registry.ts";
import { audit } from "./audit-log.ts";
import { sendMail } from "./mail.ts";
import { hashPassword, hashSecret, newHexSecret, passwordFits } from "./secrets.ts";
import { endSessions } from "./sessions.ts";

/** The lifetime of the links in confirmation and reset messages, in milliseconds. */
const linkLifetime = 24 * 60 * 60 * 1000;

/** A row of the users' table. Flags are 0 or 1, times are milliseconds since 1970. */
export interface User {
  readonly id: number;
  readonly username: string;
  readonly full_name: string | null;
  readonly email: string;
  readonly email_verified: number;
  readonly email_key: string | null;
  readonly email_key_at: number | null;
  readonly password_hash: string | null;
  readonly totp_secret: string | null;
  readonly pending_totp_secret: string | null;
  readonly active: number;
  readonly inserted_at: number;
  readonly updated_at: number;
}

/** The checked values of a new account. */
export interface NewUser {
  readonly username: string;
  readonly fullName: string | null;
  readonly email: string;
  readonly password: string | null;
  /** The address is confirmed already, and the registry sends no message. */
  readonly confirmed: boolean;
}

/** Finds an account by its name in any case, or by its address; confirmed addresses come first. */
export function findUser(registry: Registry, nameOrEmail: string): User | undefined {
  const sought = nameOrEmail.toLowerCase();
  return registry.database.one<User>(
    `select * from users where username = ?1 or email = ?1
     order by username = ?1 desc, email_verified desc, id limit 1`,
    sought,
  );
}

/** Finds an account by its number. */
export function userById(registry: Registry, id: number): User | undefined {
  return registry.database.one<User>("select * from users where id = ?", id);
}

/** Tells whether an account has confirmed this address. Several accounts can have an unconfirmed address. */
export function emailInUse(registry: Registry, email: string): boolean {
  return (
    registry.database.one("select id from users where email = ? and email_verified = 1", email) !== undefined
  );
}

/** Creates an account, and mails the link that confirms its address. */
export async function addUser(registry: Registry, wanted: NewUser, origin: Origin): Promise<User> {
  const now = registry.clock.now();
  const key = newHexSecret();
  const id = registry.database.run(
    `insert into users (username, full_name, email, email_verified, email_key, email_key_at, password_hash,
       inserted_at, updated_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    wanted.username,
    wanted.fullName,
    wanted.email,
    wanted.confirmed ? 1 : 0,
    hashSecret(key),
    now,
    wanted.password === null ? null : await hashPassword(registry, wanted.password),
    now,
    now,
  );
  const address = { email: wanted.email, primary: true, public: true };
  audit(registry, { userId: id }, origin, "user.create", { id, username: wanted.username, handles: {} });
  audit(registry, { userId: id }, origin, "email.add", address);
  audit(registry, { userId: id }, origin, "email.primary", { old_email: null, new_email: address });
  audit(registry, { userId: id }, origin, "email.public", { old_email: null, new_email: address });
  if (!wanted.confirmed) {
    const query = new URLSearchParams({ username: wanted.username, email: wanted.email, key });
    sendMail(registry, wanted.email, "Hex.pm - Confirm your email address", [
      `Hello ${wanted.username},`,
      "confirm your email address within 24 hours by opening this link:",
      `${registry.siteUrl}/email/verify?${query}`,
    ]);
  }
  return userById(registry, id) as User;
}

/** Confirms an address with the key from its message. Returns false if the key doesn't fit or is too old. */
export function confirmEmail(registry: Registry, username: string, email: string, key: string): boolean {
  const user = findUser(registry, username);
  const fits =
    user !== undefined &&
    user.email === email &&
    user.email_key === hashSecret(key) &&
    (user.email_key_at ?? 0) + linkLifetime > registry.clock.now();
  if (fits) setConfirmed(registry, user.id, true);
  return fits;
}

/** Sets whether the address of an account is confirmed. */
export function setConfirmed(registry: Registry, id: number, confirmed: boolean): void {
  registry.database.run(
    "update users set email_verified = ?, email_key = null where id = ?",
    confirmed ? 1 : 0,
    id,
  );
}

/** Activates or deactivates an account. */
export function setActive(registry: Registry, id: number, active: boolean): void {
  registry.database.run("update users set active = ? where id = ?", active ? 1 : 0, id);
}

/** Changes the password of an account. */
export async function setPassword(registry: Registry, id: number, password: string): Promise<void> {
  const hash = await hashPassword(registry, password);
  registry.database.run(
    "update users set password_hash = ?, updated_at = ? where id = ?",
    hash,
    registry.clock.now(),
    id,
  );
}

/** Finds an account by its name (or address) and its password. */
export async function userByPassword(
  registry: Registry,
  nameOrEmail: string,
  password: string,
): Promise<User | undefined> {
  const user = findUser(registry, nameOrEmail);
  return (await passwordFits(registry, password, user?.password_hash ?? null)) ? user : undefined;
}

/** Mails a link for a new password. Does nothing, and tells nothing, if there is no such account. */
export function startPasswordReset(registry: Registry, nameOrEmail: string, origin: Origin): void {
  const user = findUser(registry, nameOrEmail);
  if (user === undefined) return;
  const key = newHexSecret();
  registry.database.run(
    "insert into password_resets (user_id, key_hash, inserted_at) values (?, ?, ?)",
    user.id,
    hashSecret(key),
    registry.clock.now(),
  );
  audit(registry, {}, origin, "password.reset.init");
  sendMail(registry, user.email, "Hex.pm - Password reset request", [
    `Hello ${user.username},`,
    "someone asked for a new password for your account. Set one within 24 hours here:",
    `${registry.siteUrl}/password/new?${new URLSearchParams({ username: user.username, key })}`,
    "If it was not you, ignore this message.",
  ]);
}

/** Finds an account by the key from a reset message. */
export function userByResetKey(registry: Registry, username: string, key: string): User | undefined {
  return registry.database.one<User>(
    `select users.* from users join password_resets on password_resets.user_id = users.id
     where username = ? and key_hash = ? and password_resets.inserted_at > ?`,
    username,
    hashSecret(key),
    registry.clock.now() - linkLifetime,
  );
}

/** Changes the password after a reset, and ends the links and sessions of the account. */
export async function finishPasswordReset(
  registry: Registry,
  user: User,
  password: string,
  origin: Origin,
): Promise<void> {
  await setPassword(registry, user.id, password);
  registry.database.run("delete from password_resets where user_id = ?", user.id);
  endSessions(registry, user.id);
  audit(registry, {}, origin, "password.reset.finish");
}
