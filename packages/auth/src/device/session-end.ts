import {
  type AuthContext,
  fail,
  hint,
  notARegistry,
  readJson,
  readOwnUser,
  requestToken,
  revokeSession,
  revokeToken,
  type Send,
  type Session,
  sendAs,
  sitePage,
} from "@hexuser/core";
import { z } from "zod";

/** Seconds. By the registry's clock, a token that ends within this time may have ended already. */
const clockSkew = 300;

/**
 * Ends a session at the registry by the hash of its refresh token. This needs no access token and doesn't send the
 * refresh token. If the session has no refresh token, it revokes the access token (RFC 7009, 2.1). Registries answer
 * 200 without content, even for an unknown token, so ending a session twice isn't a failure.
 *
 * That answer isn't a proof, so this function checks that the registry refuses the access token. If the access token
 * has expired, the registry refuses it anyway. Then the registry has to refuse to refresh the session (RFC 6749, 5.2:
 * `invalid_grant`).
 *
 * After an interruption or a lost answer, the failure says that the session may have ended (`details.mayHaveHappened`).
 * Fails as `revokeSession` and `requestToken` do, with `registry_refused` if the session is still alive, and with
 * `registry_unavailable` if a server answers that isn't a Hex registry. It works without the OAuth library.
 */
export async function endSession(session: Session, clientId: string, ctx: AuthContext): Promise<void> {
  const { accessToken, refreshToken } = session;
  const send = sendAs(ctx);
  if (refreshToken === undefined) await revokeToken(send, accessToken, clientId);
  else await revokeSession(send, sha256(refreshToken));
  await proveRefused(accessToken, ctx);
  const hasExpired = session.expiresAt - ctx.clock.now() / 1000 < clockSkew;
  if (refreshToken !== undefined && hasExpired) await proveOver(refreshToken, clientId, send);
}

async function proveRefused(accessToken: string, ctx: AuthContext): Promise<void> {
  const send = sendAs(ctx, { authorization: `Bearer ${accessToken}` });
  const user = await readOwnUser((request) => send({ ...request, ...proof }));
  const state = user.credentialState();
  if (state === "alive") throw livesOn(user.status);
  if (state === "unknown") throw user.status < 300 ? notARegistry(user.response) : unproven(user.status);
}

async function proveOver(refreshToken: string, clientId: string, send: Send): Promise<void> {
  const content = { grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId };
  const answer = await requestToken((request) => send({ ...request, ...proof }), content, {
    spendsToken: true,
  });
  const { error, refresh_token: renewed } = tokenAnswer().safeParse(readJson(answer)).data ?? {};
  if (error === "invalid_grant") return;
  if (renewed === undefined) throw answer.status < 300 ? notARegistry(answer) : unproven(answer.status);
  // The registry refreshed the session instead of ending it. End the new one, because nobody stores it.
  await revokeSession(send, sha256(renewed));
  throw livesOn(answer.status);
}

/**
 * Ends a new session that can't be stored, so that no unknown session stays open. It never fails. If the session can't
 * be ended, it warns.
 */
export async function abandonSession(refreshToken: string | undefined, ctx: AuthContext): Promise<void> {
  try {
    if (refreshToken === undefined) throw fail("not_supported", "The session has no refresh token.");
    await revokeSession(sendAs(ctx), sha256(refreshToken));
  } catch {
    const message = `The registry may have a session that nobody can use. End it in your account's settings, ${sitePage(ctx.registry, "/dashboard")}.`;
    ctx.emit({ type: "warning", message });
  }
}

/** The requests that prove the end belong to the change: its outcome is unknown until the last answer. */
const proof = {
  isHarmless: false,
  lookAt: hint`look at the sessions in your account's settings on the registry's site.`,
};

const tokenAnswer = () =>
  z.object({ error: z.string().optional(), refresh_token: z.string().min(1).optional() });

function livesOn(status: number) {
  return fail("registry_refused", "The registry did not end the session.", {
    hint: hint`end it in your account's settings on the registry's site.`,
    details: { status },
  });
}

function unproven(status: number) {
  return fail("registry_unavailable", `Nothing shows that the session has ended (${status}).`, {
    hint: hint`look in your account's settings on the registry's site.`,
    details: { status },
  });
}

/** Returns the hash in hexadecimal. */
function sha256(text: string): string {
  return process.getBuiltinModule("node:crypto").hash("sha256", text);
}
