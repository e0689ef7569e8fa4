import type { Event } from "../event.ts";
import { type Failure, type FailureCode, type FailureError, fail } from "../failure.ts";
import type { PlainReason } from "../failure-schema.ts";
import { type Hint, hint } from "../hint.ts";
import { type HttpResponse, TransportError, type TransportErrorKind } from "../transport.ts";
import { followRedirects, type RegistryRequest, type RequestContext } from "./follow-redirects.ts";
import { refusePlainHttp } from "./plain-http.ts";
import { askedWait, type RequestTime, startRequestTime } from "./request-time.ts";
import { type Attempt, createRepeater } from "./sending-again.ts";

export type { RegistryRequest, RequestContext } from "./follow-redirects.ts";

/** The registry's answer, with facts about its request. */
export interface RegistryResponse extends HttpResponse {
  /** For a change: how to find out whether it happened. */
  readonly lookAt?: Hint | undefined;
  /** Whether the request carried a credential. */
  readonly isSigned?: boolean;
  /** Seconds that the registry asks to wait before the next request. */
  readonly retryAfter?: number | undefined;
}

/** Sends a request with a certain credential. */
export type Send = (request: RegistryRequest) => Promise<RegistryResponse>;

/**
 * Sends one request to the registry and returns its answer with any status. It follows redirects by hand. It repeats a
 * GET after a dropped connection or a 502, 503 or 504, and waits once for the end of a short rate limit. The registry's
 * time limit covers all of this except the waits that the registry asks for, which have their own limit.
 *
 * Fails with `offline`, `network_unreachable` or `network_timeout`, and with `invalid_input` for plain http that isn't
 * allowed. If a change was sent and its outcome is unknown, the failure has `details.mayHaveHappened`. An aborted
 * request throws its `TransportError`, or an `InterruptedChange` if its outcome is unknown. This isn't a
 * `FailureError`, so a caller that handles failures and continues still stops here.
 */
export async function requestRegistry(
  request: RegistryRequest,
  ctx: RequestContext,
): Promise<RegistryResponse> {
  refusePlainHttp(ctx.registry);
  if (ctx.registry.offline) {
    throw fail("offline", "The network isn't used, because HEX_OFFLINE or `offline` in hex.config says so.", {
      hint: hint`unset HEX_OFFLINE, or remove \`offline\` from hex.config.`,
    });
  }
  const time = startRequestTime(ctx, request.leastTime);
  const isToBeRepeated = createRepeater(request, ctx, time);
  for (;;) {
    const outcome = await attemptRequest(request, ctx, time);
    if (await isToBeRepeated(outcome)) continue;
    if (outcome.ok) {
      const isSigned = request.authorization !== undefined;
      const retryAfter = askedWait(outcome.response, ctx.clock.now());
      return { ...outcome.response, lookAt: whereToLook(request), isSigned, retryAfter };
    }
    throw networkFailure(outcome.error, ctx, whereToLook(request));
  }
}

/** Signs requests with a credential, or sends them without one. */
export function sendAs(
  ctx: RequestContext,
  signature: Pick<RegistryRequest, "authorization" | "otp"> = {},
): Send {
  return (request) => requestRegistry({ ...request, ...signature }, ctx);
}

/** The `authorization` of an account password (RFC 7617, 2): UTF-8, base64. */
export function basicAuthorization(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}`;
}

/** The end of a sentence about a change with an unknown outcome. */
const perhapsDone = "the registry may have made the change nevertheless.";

async function attemptRequest(
  request: RegistryRequest,
  ctx: RequestContext,
  time: RequestTime,
): Promise<Attempt> {
  try {
    const response = await followRedirects(request, ctx, time);
    const message = readRegistryMessage(response.headers["x-hex-message"]);
    if (message !== undefined) ctx.emit(message);
    return { ok: true, response };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    if (error.kind === "aborted") throw interruption(error, whereToLook(request));
    return { ok: false, error };
  }
}

/** How a person finds out whether a change was made. Returns `undefined` for a request that changes nothing. */
function whereToLook({ method, isHarmless = method === "GET", lookAt }: RegistryRequest) {
  return isHarmless ? undefined : (lookAt ?? hint`look at your account at the registry.`);
}

/** A change that was interrupted after it was sent. */
export class InterruptedChange extends TransportError {
  readonly failure: Failure;

  constructor(lookAt: Hint, cause: TransportError) {
    super("aborted", cause.message, { wasSent: true, cause });
    this.failure = perhapsMade("interrupted", "Interrupted", lookAt, cause).failure;
  }
}

function interruption(error: TransportError, lookAt: Hint | undefined): TransportError {
  return lookAt !== undefined && error.wasSent ? new InterruptedChange(lookAt, error) : error;
}

function perhapsMade(code: FailureCode, what: string, lookAt: Hint, cause: TransportError): FailureError {
  return fail(code, `${what}: ${perhapsDone}`, {
    hint: hint`before you try again, ${lookAt}`,
    details: { mayHaveHappened: true, ...lastingReason(cause.kind) },
    cause,
  });
}

/** The errors that stay until somebody changes something. */
const lastingReasons = {
  tls: "untrusted_certificate",
  proxy: "proxy_refused",
  too_large: "answer_too_large",
} as const satisfies Partial<Record<TransportErrorKind, PlainReason>>;

function lastingReason(kind: TransportErrorKind): { readonly reason?: PlainReason } {
  return kind in lastingReasons ? { reason: lastingReasons[kind as keyof typeof lastingReasons] } : {};
}

function networkFailure(error: TransportError, ctx: RequestContext, lookAt: Hint | undefined) {
  const { kind } = error;
  const code = kind === "timeout" ? "network_timeout" : "network_unreachable";
  if (lookAt !== undefined && error.wasSent) return perhapsMade(code, error.message, lookAt, error);
  const next = {
    timeout: hint`try again, or allow more than ${ctx.registry.timeout / 1000} s with ${{ option: "timeout" }}.`,
    unreachable: hint`check the network and the address ${ctx.registry.apiUrl} (${{ option: "apiUrl" }}).`,
    tls: hint`if the registry's certificate comes from its own authority, name the authority's certificate with HEX_CACERTS_PATH.`,
    dropped: hint`try again.`,
    proxy: hint`check the proxy (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, or mix hex's settings for them), or ask its administrators.`,
    too_large: hint`check that ${ctx.registry.apiUrl} is the API of a Hex registry.`,
    aborted: undefined,
  }[error.isOfProxy ? "proxy" : kind];
  const details = kind in lastingReasons ? lastingReason(kind) : undefined;
  return fail(code, error.message, { hint: next, details, cause: error });
}

/** Reads `x-hex-message: "text"; level=warn|fatal`. Returns `undefined` for any other value. */
export function readRegistryMessage(header: string | undefined): Event | undefined {
  const match = header?.match(/^"((?:[^"\\]|\\.){0,2000})"(?:\s*;\s*level=(warn|fatal))?/);
  if (match?.[1] === undefined) return undefined;
  return {
    type: "registry_message",
    level: match[2] === "fatal" ? "fatal" : "warn",
    text: match[1].replace(/\\(.)/g, "$1"),
  };
}
