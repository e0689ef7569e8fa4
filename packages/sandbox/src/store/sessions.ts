import type { Owner, Registry } from "../registry.ts";
import { hashSecret, newSigningKey, newToken, newUrlSecret } from "./secrets.ts";

/** The maximum number of sessions of a user, including the browser's. */
const sessionLimit = 5;

/** A row of the sessions' table: a browser that is signed in, or a program with OAuth tokens. */
export interface Session {
  readonly id: number;
  readonly user_id: number | null;
  readonly organization_id: number | null;
  readonly type: "browser" | "oauth";
  readonly client_id: string | null;
  readonly name: string | null;
  readonly revoked_at: number | null;
}

/** A row of the tokens' table: an access token and the refresh token that came with it. */
export interface Token {
  readonly id: number;
  readonly session_id: number;
  readonly client_id: string;
  readonly scope: string;
  readonly access_ends_at: number;
  readonly refresh_ends_at: number | null;
  readonly revoked_at: number | null;
}

/** New tokens as they leave the server; lifetimes are in seconds. */
export interface IssuedTokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly expiresIn: number;
  readonly scope: string;
}

/**
 * Opens a session. If the user has five already, the session that was used longest ago ends. Unused sessions end
 * first, beginning with the oldest.
 */
export function openSession(
  registry: Registry,
  owner: Owner,
  about: { type: Session["type"]; clientId: string | null; name: string | null; cookieHash?: string },
): Session {
  if (owner.userId !== null) {
    const sessions = registry.database.all<Session>(
      `select * from sessions where user_id = ? and revoked_at is null
       order by last_used_at is not null, last_used_at, id`,
      owner.userId,
    );
    for (const session of sessions.slice(0, Math.max(0, sessions.length - sessionLimit + 1))) {
      endSession(registry, session.id);
    }
  }
  const id = registry.database.run(
    `insert into sessions (user_id, organization_id, type, client_id, name, cookie_hash, inserted_at)
     values (?, ?, ?, ?, ?, ?, ?)`,
    owner.userId,
    owner.organizationId,
    about.type,
    about.clientId,
    about.name,
    about.cookieHash ?? null,
    registry.clock.now(),
  );
  return sessionById(registry, id) as Session;
}

/** Opens the session of a browser, and returns the value of its cookie. */
export function openBrowserSession(registry: Registry, userId: number): string {
  const cookie = newUrlSecret();
  openSession(
    registry,
    { userId, organizationId: null },
    { type: "browser", clientId: null, name: "Browser", cookieHash: hashSecret(cookie) },
  );
  return cookie;
}

/** Finds a session by its number. */
export function sessionById(registry: Registry, id: number): Session | undefined {
  return registry.database.one<Session>("select * from sessions where id = ?", id);
}

/** Finds the open session of a browser by the value of its cookie. */
export function sessionByCookie(registry: Registry, cookie: string): Session | undefined {
  return registry.database.one<Session>(
    "select * from sessions where cookie_hash = ? and revoked_at is null",
    hashSecret(cookie),
  );
}

/** Stores the time of the use of a session. */
export function noteSessionUse(registry: Registry, id: number): void {
  registry.database.run("update sessions set last_used_at = ? where id = ?", registry.clock.now(), id);
}

/** Ends a session and every token in it. */
export function endSession(registry: Registry, id: number): void {
  const now = registry.clock.now();
  registry.database.run("update sessions set revoked_at = ? where id = ? and revoked_at is null", now, id);
  registry.database.run(
    "update tokens set revoked_at = ? where session_id = ? and revoked_at is null",
    now,
    id,
  );
}

/** Ends every session of a user. */
export function endSessions(registry: Registry, userId: number): void {
  for (const { id } of registry.database.all<Session>("select * from sessions where user_id = ?", userId)) {
    endSession(registry, id);
  }
}

/**
 * Puts new tokens into a session.
 * @param lifetimes in seconds; without a lifetime for it, there is no refresh token
 */
export function issueTokens(
  registry: Registry,
  session: Session,
  subject: string,
  scope: string,
  lifetimes: { access: number; refresh?: number },
): IssuedTokens {
  const now = registry.clock.now();
  const key = signingKey(registry);
  const accessToken = newToken(key, subject, scope, now, lifetimes.access);
  const refresh = lifetimes.refresh;
  const refreshToken = refresh === undefined ? null : newToken(key, subject, scope, now, refresh);
  registry.database.run(
    `insert into tokens (session_id, client_id, scope, access_hash, refresh_hash, access_ends_at,
       refresh_ends_at, inserted_at) values (?, ?, ?, ?, ?, ?, ?, ?)`,
    session.id,
    session.client_id,
    scope,
    hashSecret(accessToken),
    refreshToken === null ? null : hashSecret(refreshToken),
    now + lifetimes.access * 1000,
    refresh === undefined ? null : now + refresh * 1000,
    now,
  );
  return { accessToken, refreshToken, expiresIn: lifetimes.access, scope };
}

/** The key with which the registry signs tokens. It stays the same after a restart. */
function signingKey({ database }: Registry): string {
  const stored = database.one<{ pem: string }>("select pem from signing_keys");
  if (stored !== undefined) return stored.pem;
  const pem = newSigningKey();
  database.run("insert into signing_keys (pem) values (?)", pem);
  return pem;
}

/** Finds tokens by the hash of the access token or the refresh token. */
export function tokenByHash(registry: Registry, kind: "access" | "refresh", hash: string): Token | undefined {
  return registry.database.one<Token>(`select * from tokens where ${kind}_hash = ?`, hash);
}

/** The newest tokens of a session. */
export function latestToken(registry: Registry, sessionId: number): Token | undefined {
  return registry.database.one<Token>(
    "select * from tokens where session_id = ? order by id desc limit 1",
    sessionId,
  );
}

/** Ends an access token and its refresh token; the session stays. */
export function endToken(registry: Registry, id: number): void {
  registry.database.run(
    "update tokens set revoked_at = ? where id = ? and revoked_at is null",
    registry.clock.now(),
    id,
  );
}
