import type { Answers } from "../answers.ts";
import type { Context } from "../context.ts";
import { fail } from "../failure.ts";
import { type Refusal, readRefusal } from "../hex-api/read-refusal.ts";
import { hint } from "../hint.ts";
import {
  type RegistryRequest,
  type RegistryResponse,
  requestRegistry,
} from "../registry/registry-request.ts";
import { sitePage } from "../registry/site.ts";
import type { StoredCredentials } from "../stored-credentials.ts";
import { type CredentialInUse, chooseCredential } from "./credential-in-use.ts";
import { freshSession, renewSession } from "./session.ts";

/** The registry, with requests that the account's credential signs. */
export interface SignedRegistry {
  /** The credential that signs the requests. */
  readonly credential: CredentialInUse;
  /**
   * Sends a signed request. Returns the answer with any status, except that it fails if the registry demands a
   * two-factor code.
   */
  request(request: RegistryRequest): Promise<RegistryResponse>;
}

/**
 * Finds this machine's credential and signs requests with it. It refreshes a session before it expires, and once more
 * if the registry no longer knows its token.
 *
 * Fails with `authentication_required` if nobody is signed in or an answer is missing.
 */
export async function signedRegistry(
  ctx: Context,
  answers: Answers,
  purpose: "read" | "write",
  stored?: StoredCredentials,
): Promise<SignedRegistry> {
  let credential = await chooseCredential(ctx, answers, purpose, stored);
  if (credential.kind === "session") credential = await freshSession(credential, ctx);
  const send = (request: RegistryRequest) =>
    requestRegistry(
      {
        ...request,
        authorization: credential.authorization,
        otp:
          credential.authorization.startsWith("Bearer ") && request.method !== "GET"
            ? answers.otp
            : undefined,
      },
      ctx,
    );
  return {
    credential,
    async request(request) {
      let response = await send(request);
      if (response.status === 401 && credential.kind === "session" && isTokenRefused(readRefusal(response))) {
        credential = await renewSession(credential, ctx);
        response = await send(request);
      }
      askForOtp(response);
      if (readRefusal(response) === "two_factor_off") throw twoFactorOff(ctx);
      return response;
    },
  };
}

function twoFactorOff(ctx: Context) {
  return fail(
    "authentication_refused",
    "The registry lets an account change something only when two-factor authentication is on.",
    {
      hint: hint`turn it on at ${sitePage(ctx.registry, "/dashboard/security")}, then try again.`,
      details: { reason: "two_factor_off" },
    },
  );
}

const giveCode = hint`give the code that your authenticator shows now with ${{ answer: "otp" }}.`;

/** Tells whether a new token could help. It can't if a code or a permission is missing. */
function isTokenRefused(refusal: Refusal | undefined): boolean {
  return !isAboutCode(refusal) && refusal !== "not_authorized";
}

function isAboutCode(refusal: Refusal | undefined): boolean {
  return refusal === "code_missing" || refusal === "code_wrong" || refusal === "code_wrong_again";
}

function askForOtp(response: RegistryResponse): void {
  const refusal = readRefusal(response);
  if (!isAboutCode(refusal)) return;
  if (refusal === "code_missing") {
    throw fail("authentication_required", "The registry asks for a two-factor code.", {
      hint: giveCode,
      needs: [{ answer: "otp", because: "missing" }],
    });
  }
  const message =
    refusal === "code_wrong"
      ? "The two-factor code is wrong, or no longer valid."
      : "The two-factor code is wrong, like several before it. The registry still accepts the right one.";
  throw fail("authentication_refused", message, {
    hint: giveCode,
    needs: [{ answer: "otp", because: "wrong" }],
  });
}
