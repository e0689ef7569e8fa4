import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import {
  addDeviceCode,
  clientName,
  deviceByCode,
  deviceExpired,
  issueForUser,
} from "../store/device-codes.ts";
import { type Key, keyBySecret, keyEnded } from "../store/keys.ts";
import { organizationById, repositoriesOf } from "../store/organizations.ts";
import { hashSecret } from "../store/secrets.ts";
import {
  endSession,
  endToken,
  type IssuedTokens,
  issueTokens,
  latestToken,
  noteSessionUse,
  openSession,
  sessionById,
  type Token,
  tokenByHash,
} from "../store/sessions.ts";
import { userById } from "../store/users.ts";
import {
  type ApiContext,
  type ApiEnv,
  badRequest,
  knownDefect,
  Refusal,
  sendEmpty,
  sendJson,
} from "./answer.ts";
import { requireStorable } from "./request.ts";

/** The maximum length of a device's name. */
const nameLimit = 255;

/** The scopes that a client may ask for; they don't include repositories and packages by name. */
const clientScopes = ["api", "api:read", "api:write", "repositories"];

/** `/oauth`: device authorization (RFC 8628), tokens (RFC 6749), revocation (RFC 7009, and by hash). */
export function oauthRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.post("/device_authorization", authorizeDevice);
  routes.post("/token", (c) => {
    const grant = c.var.fields.grant_type;
    switch (grant) {
      case "urn:ietf:params:oauth:grant-type:device_code":
        return sendTokens(c, exchangeDeviceCode(c, requireClient(c)));
      case "refresh_token":
        return sendTokens(c, exchangeRefreshToken(c, requireClient(c)));
      case "client_credentials":
        return sendTokens(c, exchangeKey(c, requireClient(c)));
      case "authorization_code":
        requireClient(c);
        throw oauthError(400, "invalid_grant", "Invalid authorization code");
      default:
        throw oauthError(
          400,
          "unsupported_grant_type",
          `Unsupported grant type: ${grant === undefined ? "nil" : JSON.stringify(grant)}`,
        );
    }
  });
  routes.post("/revoke", (c) => {
    const { token, client_id: clientId } = c.var.fields;
    const found = typeof token === "string" ? tokenByAnyHash(c, hashSecret(token)) : undefined;
    if (found && found.client_id === clientId) endToken(c.var.registry, found.id);
    return sendEmpty(c, 200);
  });
  routes.post("/revoke_by_hash", (c) => {
    const { token_hash: hash } = c.var.fields;
    const found = typeof hash === "string" ? tokenByAnyHash(c, hash) : undefined;
    if (found) endSession(c.var.registry, found.session_id);
    return sendEmpty(c, 200);
  });
  return routes;
}

function tokenByAnyHash(c: ApiContext, hash: string): Token | undefined {
  return tokenByHash(c.var.registry, "access", hash) ?? tokenByHash(c.var.registry, "refresh", hash);
}

function requireClient(c: ApiContext): string {
  const id = c.var.fields.client_id;
  if (id === undefined || id === null || id === "")
    throw oauthError(401, "invalid_client", "Missing client_id");
  if (typeof id !== "string" || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) throw badRequest();
  if (clientName(id) === undefined) throw oauthError(401, "invalid_client", "Invalid client");
  return id;
}

function authorizeDevice(c: ApiContext): Response {
  const { registry, fields } = c.var;
  const clientId = requireClient(c);
  const words = checkScope(fields.scope);
  if (!words.every((word) => clientScopes.includes(word)))
    throw oauthError(400, "invalid_scope", "Invalid scope");
  const name = typeof fields.name === "string" ? fields.name : null;
  if (name !== null && name.length > nameLimit) throw knownDefect();
  requireStorable(c, name);
  const device = addDeviceCode(registry, { clientId, scope: words.join(" "), name });
  const page = `http://${c.req.header("host")}/oauth/device`;
  return sendJson(c, 200, {
    device_code: device.device_code,
    user_code: device.user_code,
    verification_uri: page,
    verification_uri_complete: `${page}?user_code=${device.user_code}`,
    expires_in: registry.settings.deviceCodeLifetime,
    interval: registry.settings.pollingInterval,
  });
}

function sendTokens(c: ApiContext, tokens: IssuedTokens): Response {
  return sendJson(c, 200, {
    access_token: tokens.accessToken,
    token_type: "bearer",
    expires_in: tokens.expiresIn,
    scope: tokens.scope,
    ...(tokens.refreshToken !== null && { refresh_token: tokens.refreshToken }),
  });
}

/** An OAuth error (RFC 6749, section 5.2). */
function oauthError(status: ContentfulStatusCode, error: string, description: string): Refusal {
  return new Refusal(status, { error, error_description: description });
}

/**
 * Splits a scope into words and checks that the registry knows them.
 * @throws Refusal (400, `invalid_scope`) otherwise
 */
function checkScope(scope: unknown): string[] {
  const words = typeof scope === "string" ? scope.split(" ").filter((word) => word !== "") : undefined;
  const known = /^(api|api:read|api:write|repositories|(repository|package|docs):\S+)$/;
  if (scope === undefined || scope === null) return [];
  if (words === undefined || !words.every((word) => known.test(word)))
    throw oauthError(400, "invalid_scope", "Invalid scope");
  return words;
}

/**
 * Answers a program that polls with its device code. After the approval, every poll gets new tokens and ends
 * the earlier ones.
 * @throws Refusal with the reason why the program must wait or give up
 */
function exchangeDeviceCode(c: ApiContext, clientId: string): IssuedTokens {
  const { registry, fields } = c.var;
  const code = typeof fields.device_code === "string" ? fields.device_code : "";
  const device = deviceByCode(registry, code);
  if (device === undefined) throw oauthError(400, "invalid_grant", "Invalid device code");
  if (device.client_id !== clientId) throw oauthError(401, "invalid_client", "Invalid client");
  if (deviceExpired(registry, device)) throw oauthError(400, "expired_token", "Device code has expired");
  if (device.status === "denied") throw oauthError(403, "access_denied", "Authorization denied by user");
  if (device.status === "pending") throw oauthError(400, "authorization_pending", "Authorization pending");
  const session = sessionById(registry, device.session_id ?? 0);
  const token = session && latestToken(registry, session.id);
  const user = session && userById(registry, session.user_id ?? 0);
  if (session?.revoked_at !== null || token === undefined || user === undefined)
    throw oauthError(400, "invalid_grant", "No token found for authorized device");
  endToken(registry, token.id);
  return issueForUser(registry, session, user, token.scope);
}

/**
 * Exchanges a refresh token for new tokens. It ends, and so does its access token.
 * @throws Refusal (400, `invalid_grant`) if the refresh token is wrong, used or expired
 */
function exchangeRefreshToken(c: ApiContext, clientId: string): IssuedTokens {
  const { registry, fields } = c.var;
  const secret = fields.refresh_token;
  if (typeof secret !== "string" || secret === "")
    throw oauthError(400, "invalid_grant", "Missing refresh token");
  const token = tokenByHash(registry, "refresh", hashSecret(secret));
  const session = token && sessionById(registry, token.session_id);
  const user = session && userById(registry, session.user_id ?? 0);
  if (token?.client_id !== clientId || session === undefined || user === undefined)
    throw oauthError(400, "invalid_grant", "Invalid refresh token");
  if (token.revoked_at !== null) throw oauthError(400, "invalid_grant", "Refresh token has been revoked");
  if ((token.refresh_ends_at ?? 0) <= registry.clock.now())
    throw oauthError(400, "invalid_grant", "Refresh token has expired");
  endToken(registry, token.id);
  noteSessionUse(registry, session.id);
  return issueForUser(registry, session, user, token.scope);
}

/**
 * Exchanges an API key, sent as the client's secret, for a short-lived access token without a refresh token.
 * @throws Refusal if the key is wrong or lacks a permission
 */
function exchangeKey(c: ApiContext, clientId: string): IssuedTokens {
  const { registry, fields } = c.var;
  if (typeof fields.client_secret !== "string" || fields.client_secret === "")
    throw oauthError(400, "invalid_request", "Missing or invalid client_secret");
  const key = keyBySecret(registry, fields.client_secret);
  if (key === undefined || keyEnded(registry, key))
    throw oauthError(401, "invalid_client", "Invalid API key");
  const scope = checkScope(fields.scope).flatMap((word) => keyScope(c, key, word));
  const session = openSession(registry, key, {
    type: "oauth",
    clientId,
    name: typeof fields.name === "string" ? fields.name : null,
  });
  const user = userById(registry, key.userId ?? 0);
  const subject = user
    ? `user:${user.username}`
    : `org:${organizationById(registry, key.organizationId ?? 0)?.name}`;
  const access = registry.settings.accessTokenLifetime;
  return issueTokens(registry, session, subject, [...new Set(scope)].join(" "), { access });
}

function keyScope(c: ApiContext, key: Key, word: string): string[] {
  const [domain, resource = null] = word.split(/:(.*)/);
  if (domain === "repositories") {
    return key.permissions.flatMap((permission) => {
      switch (permission.domain) {
        case "repositories":
          return ["hexpm", ...repositoriesOf(c.var.registry, key)].map((name) => `repository:${name}`);
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
  if (!granted) throw oauthError(400, "invalid_scope", "Requested scopes exceed API key permissions");
  return [word];
}
