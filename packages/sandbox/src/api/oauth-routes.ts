import { Hono } from "hono";
import { addDeviceCode, clientName } from "../store/device-codes.ts";
import { hashSecret } from "../store/secrets.ts";
import { endSession, endToken, type IssuedTokens, tokenByHash } from "../store/sessions.ts";
import { type ApiContext, type ApiEnv, badRequest, knownDefect, sendEmpty, sendJson } from "./answer.ts";
import {
  checkScope,
  exchangeDeviceCode,
  exchangeKey,
  exchangeRefreshToken,
  oauthError,
} from "./oauth-grants.ts";
import { requireStorable } from "./request-body.ts";

/** Names of devices are kept in this many characters at most. */
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
    if (typeof token === "string") {
      const hash = hashSecret(token);
      const found =
        tokenByHash(c.var.registry, "access", hash) ?? tokenByHash(c.var.registry, "refresh", hash);
      if (found && found.client_id === clientId) {
        endToken(c.var.registry, found.id);
      }
    }
    return sendEmpty(c, 200);
  });
  routes.post("/revoke_by_hash", (c) => {
    const { token_hash: hash } = c.var.fields;
    if (typeof hash === "string") {
      const found =
        tokenByHash(c.var.registry, "refresh", hash) ?? tokenByHash(c.var.registry, "access", hash);
      if (found) {
        endSession(c.var.registry, found.session_id);
      }
    }
    return sendEmpty(c, 200);
  });
  return routes;
}

function requireClient(c: ApiContext): string {
  const id = c.var.fields.client_id;
  if (id === undefined || id === null || id === "") {
    throw oauthError(401, "invalid_client", "Missing client_id");
  }
  if (typeof id !== "string" || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) {
    throw badRequest();
  }
  if (clientName(id) === undefined) {
    throw oauthError(401, "invalid_client", "Invalid client");
  }
  return id;
}

function authorizeDevice(c: ApiContext): Response {
  const { registry, fields } = c.var;
  const clientId = requireClient(c);
  const words = checkScope(fields.scope);
  if (!words.every((word) => clientScopes.includes(word))) {
    throw oauthError(400, "invalid_scope", "Invalid scope");
  }
  const name = typeof fields.name === "string" ? fields.name : null;
  if (name !== null && name.length > nameLimit) {
    throw knownDefect();
  }
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
