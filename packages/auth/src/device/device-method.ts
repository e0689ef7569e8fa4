import {
  type AuthContext,
  type AuthMethod,
  authorizeDevice,
  type Credentials,
  FailureError,
  fail,
  hint,
  notARegistry,
  type Session,
  sendAs,
} from "@hexuser/core";
import { z } from "zod";
import { readInput, requestedScope } from "../method-input.ts";
import { awaitApproval } from "./device-approval.ts";
import { requestDeviceCode, sessionName } from "./device-code.ts";
import { callOAuth, hexCliClientId, loadOAuthClient } from "./oauth-client.ts";
import { endSession } from "./session-end.ts";
import { missingPermissions, openSession, toSession } from "./token-session.ts";

const deviceInput = z.strictObject({
  keyName: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe("What the session is called in your account's settings; the name of this machine otherwise"),
  scope: requestedScope,
});

/**
 * Signs in through the browser: the person approves a code at the registry's site (RFC 8628), and hexuser gets its own
 * session. hexuser can refresh it (RFC 6749, 6) and end it (RFC 7009).
 *
 * @param options `clientId`: hexuser's OAuth client at the registry, if it isn't the Hex CLI. The session keeps it,
 *   because no other client can refresh the session.
 */
export function deviceMethod(options: { readonly clientId?: string | undefined } = {}): AuthMethod {
  const clientId = options.clientId ?? hexCliClientId;
  return {
    id: "device",
    yields: "session",
    needs: "browser",
    shows: "oauth",
    input: deviceInput,
    isOffered: knowsOAuth,
    acquire: (input, ctx) => acquire(input, ctx, clientId),
    refresh: (credentials, ctx) => refresh(sessionOf(credentials), ctx, clientId),
    revoke: (credentials, ctx) => {
      const session = sessionOf(credentials);
      return endSession(session, session.clientId ?? clientId, ctx);
    },
  };
}

/**
 * Fails with `not_supported` at a registry without OAuth. Fails with `authentication_refused` if the person denied the
 * sign-in or the code expired, and if the registry doesn't know the client.
 */
async function acquire(input: unknown, ctx: AuthContext, clientId: string): Promise<Credentials> {
  const { keyName, scope = ["api", "repositories"] } = readInput(deviceInput, input);
  const client = await loadOAuthClient(clientId, ctx);
  const code = await requestDeviceCode({ name: sessionName(keyName, ctx), scope }, client, ctx);
  ctx.emit(code.shown);
  const kept = clientId === hexCliClientId ? {} : { clientId };
  const session = await openSession(await awaitApproval(code, client, ctx), kept, ctx);
  const warning = missingPermissions(session.scope, scope, ctx.registry);
  if (warning !== undefined) {
    ctx.emit({ type: "warning", ...warning });
  }
  return { kind: "session", session };
}

/** A registry that knows OAuth refuses an empty request. */
async function knowsOAuth(ctx: AuthContext): Promise<boolean> {
  try {
    const response = await authorizeDevice(sendAs(ctx), {});
    if (response.status < 300) throw notARegistry(response);
    return true;
  } catch (error) {
    if (error instanceof FailureError && error.failure.code === "not_supported") return false;
    throw error;
  }
}

/**
 * Exchanges the old tokens for new ones. After that, the old ones are dead. Fails with `authentication_required` if the
 * session has ended. After any other failure the old tokens may still be valid, so the caller has to keep them.
 */
async function refresh(session: Session, ctx: AuthContext, clientId: string): Promise<Credentials> {
  if (session.refreshToken === undefined) {
    throw sessionEnded();
  }
  const { library, configuration } = await loadOAuthClient(session.clientId ?? clientId, ctx);
  try {
    const tokens = await callOAuth(library.refreshTokenGrant(configuration, session.refreshToken));
    return { kind: "session", session: toSession(tokens, ctx.clock, session) };
  } catch (error) {
    const isOver = error instanceof FailureError && error.failure.details?.error === "invalid_grant";
    throw isOver ? sessionEnded(error) : error;
  }
}

function sessionOf(credentials: Credentials): Session {
  if (credentials.kind !== "session") {
    throw fail("defect", "The device method was given credentials that are no session.");
  }
  return credentials.session;
}

function sessionEnded(cause?: unknown): FailureError {
  return fail("authentication_required", "The session has ended.", {
    hint: hint`sign in again with ${{ call: "auth" }}.`,
    details: { reason: "session_ended" },
    cause,
  });
}
