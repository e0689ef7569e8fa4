import type { Context } from "../context.ts";
import { type Failure, type FailureCode, type FailureError, fail } from "../failure.ts";
import { type HttpResponse, TransportError } from "../transport.ts";
import { readRegistryMessage } from "./registry-message.ts";

export interface RegistryRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the base of the API, beginning with a slash, its parameters percent-encoded. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The value of the `authorization` header. */
  readonly authorization?: string | undefined;
  /** The value of the `x-hex-otp` header. */
  readonly otp?: string | undefined;
  /** A POST that changes nothing, whatever becomes of it. */
  readonly isHarmless?: boolean;
  /** For a change: how the person finds out whether it happened, where no answer tells (a sentence). */
  readonly lookAt?: string | undefined;
}

/** An answer, and what it is an answer to. */
export interface RegistryResponse extends HttpResponse {
  /** Of a request that changes something: how to find out whether it happened. */
  readonly lookAt?: string | undefined;
}

export type RequestContext = Pick<Context, "registry" | "http" | "clock" | "emit" | "signal">;

const redirectsFollowed = 3;
const repetitions = 2;
/** Milliseconds; the pauses grow fourfold from here, with up to half as much again at random. */
const firstPause = 250;
/** Seconds; a rate limit that lasts longer is told to the person instead of waited out. */
const longestRateLimitWait = 61;

/**
 * Sends one request to the registry and gives back its answer, whatever its status. Redirects are followed by
 * hand; what can be repeated safely is, after a dropped connection or a 502, 503 or 504; a rate limit that ends
 * soon is waited out once.
 *
 * Fails with `offline`, `network_unreachable` or `network_timeout`; with `details.mayHaveHappened` where a change was
 * sent, and nothing tells whether it was made. An aborted request throws its `TransportError`, an `InterruptedChange` where
 * the same holds for it: who goes on after a failure must not go on after that.
 */
export async function requestRegistry(
  request: RegistryRequest,
  ctx: RequestContext,
): Promise<RegistryResponse> {
  if (ctx.registry.offline) {
    throw fail("offline", "The network isn't used, because HEX_OFFLINE or `offline` in hex.config says so.", {
      hint: "unset HEX_OFFLINE, or run `mix hex.config --delete offline`.",
    });
  }
  for (let attempt = 0, limitsWaited = 0; ; ) {
    const outcome = await attemptRequest(request, ctx);
    const wait = outcome.ok ? rateLimitWait(outcome.response, ctx.clock.now()) : undefined;
    if (wait !== undefined && limitsWaited === 0) {
      limitsWaited += 1;
      ctx.emit({ type: "retry", why: "The registry's rate limit is reached.", seconds: wait });
      await ctx.clock.sleep(wait * 1000, ctx.signal);
    } else if (request.method === "GET" && attempt < repetitions && isPassing(outcome)) {
      const pause = firstPause * 4 ** attempt * (1 + Math.random() / 2);
      attempt += 1;
      await ctx.clock.sleep(pause, ctx.signal);
    } else if (outcome.ok) {
      return { ...outcome.response, lookAt: whereToLook(request) };
    } else {
      throw networkFailure(outcome.error, ctx, whereToLook(request));
    }
  }
}

/** The end of a sentence about a change whose outcome isn't known. */
const perhapsDone = "what was asked for may have been done all the same.";

type Attempt = { ok: true; response: HttpResponse } | { ok: false; error: TransportError };

async function attemptRequest(request: RegistryRequest, ctx: RequestContext): Promise<Attempt> {
  try {
    const response = await followRedirects(request, ctx);
    const message = readRegistryMessage(response.headers["x-hex-message"]);
    if (message !== undefined) ctx.emit(message);
    return { ok: true, response };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    if (error.kind === "aborted") throw interruption(error, whereToLook(request));
    return { ok: false, error };
  }
}

async function followRedirects(request: RegistryRequest, ctx: RequestContext): Promise<HttpResponse> {
  const first = ctx.registry.apiUrl + request.path;
  let url = first;
  for (let followed = 0; ; followed += 1) {
    const response = await ctx.http({
      method: request.method,
      url,
      headers: headersFor(request, ctx, new URL(url).origin === new URL(first).origin),
      body: request.body === undefined ? undefined : JSON.stringify(request.body),
      timeout: ctx.registry.timeout,
      signal: ctx.signal,
    });
    const location = response.headers.location;
    if (response.status < 300 || response.status > 399 || response.status === 304 || location === undefined) {
      return response;
    }
    if (followed === redirectsFollowed) {
      throw fail("registry_refused", `${first} redirects more than ${redirectsFollowed} times.`);
    }
    url = redirectTarget(request, url, location);
  }
}

/** A request that carries something (a body, perhaps with a password) is not sent to another place. */
function redirectTarget(request: RegistryRequest, from: string, location: string): string {
  const target = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (target === undefined || !["http:", "https:"].includes(target.protocol)) {
    throw fail("registry_refused", `${from} redirects to something that's no web address.`);
  }
  const insecure = new URL(from).protocol === "https:" && target.protocol === "http:";
  if (request.method !== "GET" || insecure) {
    throw fail("registry_refused", `${from} redirects to ${target.origin}, and that isn't followed.`, {
      hint: `if ${target.origin} is the registry that you mean, give its address with --api-url or HEX_API_URL.`,
    });
  }
  return target.href;
}

function headersFor(request: RegistryRequest, ctx: RequestContext, sameOrigin: boolean) {
  return {
    accept: "application/json",
    "user-agent": ctx.registry.userAgent,
    ...(request.body === undefined ? {} : { "content-type": "application/json" }),
    ...(sameOrigin && request.authorization !== undefined ? { authorization: request.authorization } : {}),
    ...(sameOrigin && request.otp !== undefined ? { "x-hex-otp": request.otp } : {}),
  };
}

function isPassing(outcome: Attempt): boolean {
  return outcome.ok ? [502, 503, 504].includes(outcome.response.status) : outcome.error.kind === "dropped";
}

/**
 * Seconds until a rate limit ends, when it's worth waiting. The registry answers 429 to too many wrong
 * two-factor codes as well, with the ordinary headers that tell of requests left: that is never waited out.
 */
function rateLimitWait(response: HttpResponse, now: number): number | undefined {
  if (response.status !== 429 || response.headers["x-ratelimit-remaining"] !== "0") return undefined;
  const seconds = Math.ceil(Number(response.headers["x-ratelimit-reset"]) - now / 1000);
  if (Number.isNaN(seconds) || seconds > longestRateLimitWait) return undefined;
  return Math.max(1, seconds);
}

/** What a person looks at who doesn't know whether the change was made; nothing, where none was asked for. */
function whereToLook({ method, isHarmless = false, lookAt }: RegistryRequest): string | undefined {
  return method === "GET" || isHarmless ? undefined : (lookAt ?? "look at your account at the registry.");
}

/** A change that was interrupted after it was sent. */
export class InterruptedChange extends TransportError {
  readonly failure: Failure;

  constructor(lookAt: string, cause: TransportError) {
    super("aborted", cause.message, { wasSent: true, cause });
    this.failure = perhapsMade("interrupted", "Interrupted", lookAt, cause).failure;
  }
}

function interruption(error: TransportError, lookAt: string | undefined): TransportError {
  return lookAt !== undefined && error.wasSent ? new InterruptedChange(lookAt, error) : error;
}

function perhapsMade(code: FailureCode, what: string, lookAt: string, cause: TransportError): FailureError {
  return fail(code, `${what}: ${perhapsDone}`, {
    hint: `before you try again, ${lookAt}`,
    details: { mayHaveHappened: true },
    cause,
  });
}

function networkFailure(error: TransportError, ctx: RequestContext, lookAt: string | undefined) {
  const { kind } = error;
  const code = kind === "timeout" ? "network_timeout" : "network_unreachable";
  if (lookAt !== undefined && error.wasSent) return perhapsMade(code, error.message, lookAt, error);
  const hint = {
    timeout: `try again, or allow more than ${ctx.registry.timeout / 1000} s with --timeout.`,
    unreachable: `check the network and the address ${ctx.registry.apiUrl} (--api-url, HEX_API_URL).`,
    tls: "if the registry has a certificate of its own authority, name that with HEX_CACERTS_PATH.",
    dropped: "try again.",
    too_large: `check that ${ctx.registry.apiUrl} is the API of a Hex registry.`,
    aborted: undefined,
  }[kind];
  return fail(code, error.message, { hint, cause: error });
}
