import {
  type AuthContext,
  acceptEmpty,
  credentialState,
  fail,
  notARegistry,
  readJson,
  requestRegistry,
  type Session,
} from "@hexuser/core";
import { z } from "zod";
import { oauthPaths, postOAuth } from "./oauth-request.ts";

/** Seconds; a token that ends so soon may have ended already by the registry's clock. */
const clockSkew = 300;

/** The requests that prove the end belong to it: nobody knows how it stands until the last of them has its answer. */
const change = {
  isHarmless: false,
  lookAt: "look at the sessions in your account's settings on the registry's site.",
} as const;

/**
 * Ends a session at the registry, by the hash of its refresh token: that needs no access token, and the refresh
 * token doesn't travel. A session without one loses its access token (RFC 7009, 2.1). Registries answer 200 without
 * content, to what they don't know as well, so ending a session twice is no failure.
 *
 * That answer proves nothing: afterwards the registry has to refuse the access token. One that has expired is refused
 * anyway, so then the registry has to refuse to renew the session (RFC 6749, 5.2: `invalid_grant`).
 *
 * An interruption or a lost answer on the way says that the session may have ended (`details.mayHaveHappened`).
 * Fails as `postOAuth` and `requestRegistry` do, with `registry_refused` where the session lives on, and with
 * `registry_unavailable` where something else than a Hex registry answers. The library isn't loaded for it.
 */
export async function endSession(session: Session, clientId: string, ctx: AuthContext): Promise<void> {
  const { accessToken, refreshToken } = session;
  const [path, content] =
    refreshToken === undefined
      ? [oauthPaths.revoke, { token: accessToken, client_id: clientId }]
      : [oauthPaths.revokeByHash, { token_hash: sha256(refreshToken) }];
  acceptEmpty(await postOAuth({ path, body: content, ...change }, ctx), 200);
  await proveRefused(accessToken, ctx);
  const hasExpired = session.expiresAt - ctx.clock.now() / 1000 < clockSkew;
  if (refreshToken !== undefined && hasExpired) await proveOver(refreshToken, clientId, ctx);
}

async function proveRefused(accessToken: string, ctx: AuthContext): Promise<void> {
  const authorization = `Bearer ${accessToken}`;
  const answer = await requestRegistry({ method: "GET", path: "/users/me", authorization, ...change }, ctx);
  const state = credentialState(answer, z.object({ username: z.string() }));
  if (state === "alive") throw livesOn(answer.status);
  if (state === "unknown") throw answer.status < 300 ? notARegistry(answer) : unproven(answer.status);
}

async function proveOver(refreshToken: string, clientId: string, ctx: AuthContext): Promise<void> {
  const content = { grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId };
  const answer = await postOAuth({ path: oauthPaths.token, body: content, ...change }, ctx);
  const { error, refresh_token: renewed } = tokenAnswer().safeParse(readJson(answer)).data ?? {};
  if (error === "invalid_grant") return;
  if (renewed === undefined) throw answer.status < 300 ? notARegistry(answer) : unproven(answer.status);
  // The registry renewed what it was asked to end: what it gave must not stay alive, since nobody keeps it.
  await postOAuth({ path: oauthPaths.revokeByHash, body: { token_hash: sha256(renewed) } }, ctx);
  throw livesOn(answer.status);
}

const tokenAnswer = () =>
  z.object({ error: z.string().optional(), refresh_token: z.string().min(1).optional() });

function livesOn(status: number) {
  return fail("registry_refused", "The registry did not end the session.", {
    hint: "end it in your account's settings on the registry's site.",
    details: { status },
  });
}

function unproven(status: number) {
  return fail("registry_unavailable", `Nothing shows that the session has ended (${status}).`, {
    hint: "look in your account's settings on the registry's site.",
    details: { status },
  });
}

/** In hexadecimal. */
function sha256(text: string): string {
  return process.getBuiltinModule("node:crypto").hash("sha256", text);
}
