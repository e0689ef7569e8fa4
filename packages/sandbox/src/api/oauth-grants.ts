import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Registry } from "../registry.ts";
import { deviceByCode, deviceExpired, issueForUser } from "../store/device-codes.ts";
import { type Key, keyBySecret, keyEnded } from "../store/keys.ts";
import { organizationById } from "../store/organizations.ts";
import { hashSecret } from "../store/secrets.ts";
import {
  endToken,
  type IssuedTokens,
  issueTokens,
  latestToken,
  noteSessionUse,
  openSession,
  type Session,
  sessionById,
  tokenByHash,
} from "../store/sessions.ts";
import { type User, userById } from "../store/users.ts";
import { type ApiContext, Refusal } from "./answer.ts";
import { repositoriesOf } from "./key-permissions.ts";

/** An OAuth error (RFC 6749, section 5.2). */
export function oauthError(status: ContentfulStatusCode, error: string, description: string): Refusal {
  return new Refusal(status, { error, error_description: description });
}

/**
 * The words of a scope, each of which the registry knows.
 * @throws Refusal (400, `invalid_scope`) otherwise
 */
export function checkScope(scope: unknown): string[] {
  const words = typeof scope === "string" ? scope.split(" ").filter((word) => word !== "") : undefined;
  const known = /^(api|api:read|api:write|repositories|(repository|package|docs):\S+)$/;
  if (scope === undefined || scope === null) {
    return [];
  }
  if (words === undefined || !words.every((word) => known.test(word))) {
    throw oauthError(400, "invalid_scope", "Invalid scope");
  }
  return words;
}

/**
 * What a program gets that polls with its device code. Once it is let in, every poll gives new tokens and ends
 * the ones before.
 * @throws Refusal with the reason to wait or to give up
 */
export function exchangeDeviceCode(c: ApiContext, clientId: string): IssuedTokens {
  const { registry, fields } = c.var;
  const code = typeof fields.device_code === "string" ? fields.device_code : "";
  const device = deviceByCode(registry, code);
  if (device === undefined) {
    throw oauthError(400, "invalid_grant", "Invalid device code");
  }
  if (device.client_id !== clientId) {
    throw oauthError(401, "invalid_client", "Invalid client");
  }
  if (deviceExpired(registry, device)) {
    throw oauthError(400, "expired_token", "Device code has expired");
  }
  if (device.status === "denied") {
    throw oauthError(403, "access_denied", "Authorization denied by user");
  }
  if (device.status === "pending") {
    throw oauthError(400, "authorization_pending", "Authorization pending");
  }
  const session = sessionById(registry, device.session_id ?? 0);
  const token = session && latestToken(registry, session.id);
  const user = session && userById(registry, session.user_id ?? 0);
  if (session?.revoked_at !== null || token === undefined || user === undefined) {
    throw oauthError(400, "invalid_grant", "No token found for authorized device");
  }
  endToken(registry, token.id);
  return issueForUser(registry, session, user, token.scope);
}

/**
 * New tokens for a refresh token, which ends, and the access token with it.
 * @throws Refusal (400, `invalid_grant`) when the refresh token is wrong, used up or too old
 */
export function exchangeRefreshToken(c: ApiContext, clientId: string): IssuedTokens {
  const { registry, fields } = c.var;
  const secret = fields.refresh_token;
  if (typeof secret !== "string" || secret === "") {
    throw oauthError(400, "invalid_grant", "Missing refresh token");
  }
  const token = tokenByHash(registry, "refresh", hashSecret(secret));
  const session = token && sessionById(registry, token.session_id);
  const user = session && userById(registry, session.user_id ?? 0);
  if (token?.client_id !== clientId || session === undefined || user === undefined) {
    throw oauthError(400, "invalid_grant", "Invalid refresh token");
  }
  if (token.revoked_at !== null) {
    throw oauthError(400, "invalid_grant", "Refresh token has been revoked");
  }
  if ((token.refresh_ends_at ?? 0) <= registry.clock.now()) {
    throw oauthError(400, "invalid_grant", "Refresh token has expired");
  }
  endToken(registry, token.id);
  noteSessionUse(registry, session.id);
  return issueForUser(registry, session, user, token.scope);
}

/**
 * A short-lived token for an API key, sent as the client's secret; it comes without a refresh token.
 * @throws Refusal when the key is wrong or may do less than asked
 */
export function exchangeKey(c: ApiContext, clientId: string): IssuedTokens {
  const { registry, fields } = c.var;
  if (typeof fields.client_secret !== "string" || fields.client_secret === "") {
    throw oauthError(400, "invalid_request", "Missing or invalid client_secret");
  }
  const key = keyBySecret(registry, fields.client_secret);
  if (key === undefined || keyEnded(registry, key)) {
    throw oauthError(401, "invalid_client", "Invalid API key");
  }
  const scope = checkScope(fields.scope).flatMap((word) => keyScope(c, key, word));
  const session = openSession(registry, key, {
    type: "oauth",
    clientId,
    name: typeof fields.name === "string" ? fields.name : null,
  });
  return issueForKey(registry, session, key, [...new Set(scope)].join(" "));
}

function keyScope(c: ApiContext, key: Key, word: string): string[] {
  const [domain, resource = null] = word.split(/:(.*)/);
  if (domain === "repositories") {
    return key.permissions.flatMap((permission) => {
      switch (permission.domain) {
        case "repositories":
          return ["hexpm", ...repositoriesOf(c, key)].map((name) => `repository:${name}`);
        case "repository":
          return permission.resource === null ? [] : [`repository:${permission.resource}`];
        default:
          return [];
      }
    });
  }
  const granted = key.permissions.some(
    (permission) =>
      (permission.domain === domain && [null, resource].includes(permission.resource)) ||
      (permission.domain === "repositories" && domain === "repository"),
  );
  if (!granted) {
    throw oauthError(400, "invalid_scope", "Requested scopes exceed API key permissions");
  }
  return [word];
}

function issueForKey(registry: Registry, session: Session, key: Key, scope: string): IssuedTokens {
  const owner: User | undefined = key.userId === null ? undefined : userById(registry, key.userId);
  const organization = organizationById(registry, key.organizationId ?? 0);
  const subject = owner ? `user:${owner.username}` : `org:${organization?.name}`;
  return issueTokens(registry, session, subject, scope, { access: registry.settings.accessTokenLifetime });
}
