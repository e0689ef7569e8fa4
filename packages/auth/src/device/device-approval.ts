import { type AuthContext, FailureError, fail, hint, isTemporary, TransportError } from "@hexuser/core";
import type { TokenEndpointResponse } from "openid-client";
import type { DeviceCode } from "./device-code.ts";
import { callOAuth, type OAuthClient } from "./oauth-client.ts";
import { codeExpired } from "./oauth-failure.ts";

export type ApprovalContext = Pick<AuthContext, "clock" | "emit" | "signal">;

const grantType = "urn:ietf:params:oauth:grant-type:device_code";

/** Seconds by which `slow_down` lengthens the interval (RFC 8628, 3.5). */
const slowDownBy = 5;
/** Seconds. The longest pause after failed requests. */
const longestPause = 30;

/**
 * Polls for the tokens at the registry's pace until the person has decided or the code expires (RFC 8628, 3.4 and 3.5).
 * It uses only the library's single request, because the library's own loop waits by the real clock.
 *
 * After a temporary failure (no network, a 5xx, a rate limit) it polls again, with growing pauses. Fails with
 * `authentication_refused` if the person denied the sign-in or the code expired. If the code expired during a network
 * failure, it fails with that failure.
 */
export async function awaitApproval(
  code: DeviceCode,
  { library, configuration }: OAuthClient,
  { clock, emit, signal }: ApprovalContext,
): Promise<TokenEndpointResponse> {
  const deadline = clock.now() + code.shown.expiresIn * 1000;
  let interval = code.interval;
  let pause = interval;
  let lastFault: FailureError | undefined;
  for (;;) {
    const left = deadline - clock.now();
    if (left <= 0) {
      throw lastFault === undefined ? codeExpired() : withoutAnswer(lastFault);
    }
    emit({ type: "device_pending", secondsLeft: Math.ceil(left / 1000) });
    await clock.sleep(Math.min(pause * 1000, left), signal);
    signal.throwIfAborted();
    try {
      return await callOAuth(
        library.genericGrantRequest(configuration, grantType, { device_code: code.deviceCode }),
      );
    } catch (error) {
      const demand = (error as FailureError).failure?.details?.error;
      if (demand === "authorization_pending" || demand === "slow_down") {
        interval += demand === "slow_down" ? slowDownBy : 0;
        pause = interval;
        lastFault = undefined;
      } else if (error instanceof FailureError && isTemporary(error.failure)) {
        pause = Math.max(interval, Math.min(pause * 2, longestPause), askedPause(error));
        lastFault = error;
      } else {
        throw error;
      }
    }
  }
}

/** Seconds that the registry asked to wait. */
function askedPause({ failure }: FailureError): number {
  return Number(failure.details?.retryAfter ?? 0);
}

/** The lost answer may have contained the session. */
function withoutAnswer(fault: FailureError): FailureError {
  if (!(fault.cause instanceof TransportError && fault.cause.wasSent)) return fault;
  const { code, message } = fault.failure;
  return fail(code, message, {
    hint: hint`sign in again. If you had approved the code, the registry may have a session that nobody can use: end it on the registry's site.`,
    details: { mayHaveHappened: true },
    cause: fault.cause,
  });
}
