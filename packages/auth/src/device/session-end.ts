import { fail, type Session } from "@hexuser/core";
import { type OAuthContext, oauthPaths, postOAuth } from "./oauth-request.ts";

/**
 * Ends a session at the registry, by the hash of its refresh token: that needs no access token, and the refresh
 * token doesn't travel. A session without one loses its access token (RFC 7009, 2.1). Registries answer 200 to
 * what they don't know as well, so ending a session twice is no failure.
 *
 * The library isn't loaded for it.
 */
export async function endSession(session: Session, clientId: string, ctx: OAuthContext): Promise<void> {
  const { accessToken, refreshToken } = session;
  const [path, content] =
    refreshToken === undefined
      ? [oauthPaths.revoke, { token: accessToken, client_id: clientId }]
      : [oauthPaths.revokeByHash, { token_hash: sha256(refreshToken) }];
  const { status } = await postOAuth({ path, body: content }, ctx);
  if (status < 200 || status > 299) {
    throw fail("registry_refused", `The registry refused to end the session (${status}).`, {
      hint: "end it in your account's settings on the registry's site.",
      details: { status },
    });
  }
}

/** In hexadecimal. */
function sha256(text: string): string {
  return process.getBuiltinModule("node:crypto").hash("sha256", text);
}
