import {
  type AuthContext,
  type Clock,
  type Hint,
  hint,
  type Registry,
  type Session,
  sitePage,
} from "@hexuser/core";
import type { TokenEndpointResponse } from "openid-client";
import { abandonSession } from "./session-end.ts";
import { acceptToken } from "./token.ts";

/** Seconds until an access token expires if the answer doesn't say it. Registries give the same. */
const usualLife = 1800;
const longestLife = 10 * 365 * 24 * 3600;

/**
 * Makes the session from the answer of the token endpoint (RFC 6749, 5.1). Fails with `registry_unavailable` for an
 * impossible token.
 *
 * @param before the refreshed session, because the answer may leave out unchanged values (RFC 6749, 6). For a new
 *   sign-in, it has only the client.
 */
export function toSession(
  tokens: TokenEndpointResponse,
  clock: Clock,
  before?: Partial<Pick<Session, "refreshToken" | "scope" | "madeAt" | "clientId">>,
): Session {
  const life = Math.min(Math.max(0, tokens.expires_in ?? usualLife), longestLife);
  const refreshToken =
    tokens.refresh_token === undefined
      ? before?.refreshToken
      : acceptToken(tokens.refresh_token, "refresh token");
  const scope = tokens.scope ?? before?.scope;
  // Without a refresh token, `before` isn't a session, so this one is new.
  const madeAt = before?.refreshToken === undefined ? Math.floor(clock.now() / 1000) : before.madeAt;
  return {
    accessToken: acceptToken(tokens.access_token, "access token"),
    expiresAt: Math.floor(clock.now() / 1000 + life),
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(scope === undefined ? {} : { scope }),
    ...(madeAt === undefined ? {} : { madeAt }),
    ...(before?.clientId === undefined ? {} : { clientId: before.clientId }),
  };
}

/** Makes the session from the tokens. If the tokens are useless, it ends the session, because nobody else can. */
export async function openSession(
  tokens: TokenEndpointResponse,
  kept: { readonly clientId?: string },
  ctx: AuthContext,
): Promise<Session> {
  try {
    return toSession(tokens, ctx.clock, kept);
  } catch (error) {
    await abandonSession(tokens.refresh_token, ctx);
    throw error;
  }
}

/**
 * Describes the requested permissions that the person unticked. Returns `undefined` if none is missing. The registry
 * returns the expanded scope (`api:read api:write repository:NAME …`). If it returns no scope, the scope is the requested
 * one (RFC 6749, 3.3).
 */
export function missingPermissions(
  scope: string | undefined,
  requested: readonly string[],
  registry: Pick<Registry, "apiUrl">,
): { readonly message: string; readonly hint: Hint } | undefined {
  if (scope === undefined) {
    return undefined;
  }
  const granted = scope.split(" ");
  const has = (...names: string[]) => names.some((name) => granted.includes(name));
  const hasRepositories = has("repositories") || granted.some((name) => name.startsWith("repository:"));
  const lacks = (isGranted: boolean, ...names: string[]) =>
    !isGranted && names.some((name) => requested.includes(name));
  const missing = [
    ...(lacks(has("api", "api:read"), "api", "api:read") ? ["read your account"] : []),
    ...(lacks(has("api", "api:write"), "api", "api:write") ? ["change anything in your account"] : []),
    ...(lacks(hasRepositories, "repositories") ? ["fetch packages from your organizations"] : []),
  ];
  if (missing.length === 0) {
    return undefined;
  }
  const message = `You allowed less than hexuser asked for: this session can't ${missing.join(", or ")}.`;
  const again = hint`run ${{ call: "auth" }} again and leave everything ticked.`;
  if (!lacks(has("api", "api:write"), "api", "api:write"))
    return { message, hint: hint`to allow it, ${again}` };
  // If the person ticks this permission, the page refuses an account without two-factor authentication.
  const security = sitePage(registry, "/dashboard/security");
  return {
    message,
    hint: hint`if two-factor authentication is off, turn it on first at ${security}: without it, the page refuses a session that can change something. Then ${again}`,
  };
}
