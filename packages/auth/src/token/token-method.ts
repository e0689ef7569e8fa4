import { type AuthContext, type AuthMethod, type Credentials, FailureError, fail, hint } from "@hexuser/core";
import { z } from "zod";
import { sessionName } from "../device/device-code.ts";
import { callOAuth, hexCliClientId, loadOAuthClient, type OAuthClient } from "../device/oauth-client.ts";
import { endSession } from "../device/session-end.ts";
import { openSession } from "../device/token-session.ts";
import { apiKey, readInput, requestedScope } from "../method-input.ts";

const tokenInput = z.strictObject({
  key: apiKey,
  keyName: z.string().min(1).max(255).optional(),
  scope: requestedScope,
});

/** The scopes to try, from the largest to the smallest. The registry refuses a scope that the key doesn't have. */
const usualScopes = ["api repositories", "api:read repositories", "api:write repositories"] as const;

/**
 * Exchanges an API key for an access token that expires after some minutes (RFC 6749, 4.4). A program that gets the
 * token can't use the key. hexuser can't refresh the token and doesn't store the key.
 *
 * @param options.clientId hexuser's OAuth client at the registry, if it isn't the Hex CLI
 */
export function tokenMethod(options: { readonly clientId?: string | undefined } = {}): AuthMethod {
  const clientId = options.clientId ?? hexCliClientId;
  return {
    id: "token",
    yields: "session",
    needs: "key",
    isOnRequest: true,
    shows: "oauth",
    input: tokenInput,
    acquire: (input, ctx) => acquire(input, ctx, clientId),
    async revoke(credentials, ctx) {
      if (credentials.kind !== "session") throw fail("defect", "The token method can only end sessions.");
      await endSession(credentials.session, credentials.session.clientId ?? clientId, ctx);
    },
  };
}

/**
 * Fails with `not_supported` at a registry without OAuth, and with `authentication_refused` if the registry refuses
 * the key or the key can't use the API.
 */
async function acquire(input: unknown, ctx: AuthContext, clientId: string): Promise<Credentials> {
  const { key, keyName, scope } = readInput(tokenInput, input);
  const client = await loadOAuthClient(clientId, ctx);
  ctx.emit({
    type: "warning",
    message:
      "Each exchange of a key opens a session. Your account can have five sessions, those of your browsers included, and the sixth ends the oldest.",
  });
  const wanted = scope === undefined ? usualScopes : [scope.join(" ")];
  const tokens = await exchange(key, { name: sessionName(keyName, ctx), scopes: wanted }, client);
  const session = await openSession(tokens, clientId === hexCliClientId ? {} : { clientId }, ctx);
  const minutes = Math.round((session.expiresAt - ctx.clock.now() / 1000) / 60);
  ctx.emit({
    type: "notice",
    message: `The token works for ${minutes} minutes. Nothing renews it, and hexuser doesn't store the key.`,
  });
  return { kind: "session", session };
}

async function exchange(
  key: string,
  { name, scopes }: { readonly name: string; readonly scopes: readonly string[] },
  { library, configuration }: OAuthClient,
) {
  let refused: unknown;
  for (const scope of scopes) {
    const fields = { client_secret: key, scope, ...(name === "" ? {} : { name }) };
    try {
      return await callOAuth(library.genericGrantRequest(configuration, "client_credentials", fields));
    } catch (error) {
      refused = error;
      if (oauthError(error) !== "invalid_scope") break;
    }
  }
  throw explain(refused, scopes === usualScopes);
}

function oauthError(error: unknown): unknown {
  return error instanceof FailureError ? error.failure.details?.error : undefined;
}

function explain(cause: unknown, isUsual: boolean): unknown {
  if (cause instanceof FailureError && cause.failure.code === "not_supported") {
    return fail("not_supported", "This registry doesn't exchange keys for tokens.", {
      hint: hint`use the key itself: ${{ call: "auth", given: { withKey: true } }}.`,
      cause,
    });
  }
  const error = oauthError(cause);
  if (error === "invalid_client") {
    return fail("authentication_refused", "The registry refuses the key: it is wrong, revoked or expired.", {
      hint: hint`give another key. If you gave a client id with ${{ option: "clientId" }}, check that, too.`,
      needs: [{ answer: "key", because: "wrong" }],
      details: { error },
      cause,
    });
  }
  if (error === "invalid_scope") {
    return fail(
      "authentication_refused",
      isUsual ? "The key has no permission to use the API." : "The key may not do all that you asked for.",
      {
        hint: hint`give a key with the permission api, api:read or api:write${isUsual ? "" : hint`, or ask for less with ${{ field: "scope" }}`}.`,
        needs: [{ answer: "key", because: "wrong" }],
        details: { error },
        cause,
      },
    );
  }
  return cause;
}
