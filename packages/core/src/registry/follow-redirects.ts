import type { Context } from "../context.ts";
import { fail } from "../failure.ts";
import { type Hint, hint } from "../hint.ts";
import { type HttpResponse, TransportError } from "../transport.ts";
import { warnOfConnection } from "./plain-http.ts";
import type { RequestTime } from "./request-time.ts";
import { isLoopback, originOf } from "./site.ts";

/** What is asked of the registry. */
export interface RegistryRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the base of the API, beginning with a slash, its parameters percent-encoded. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, as a form (RFC 6749, appendix B), in the place of a body. */
  readonly form?: string | undefined;
  /** The value of the `authorization` header. */
  readonly authorization?: string | undefined;
  /** The value of the `x-hex-otp` header. */
  readonly otp?: string | undefined;
  /** Nothing depends on whether it arrived. True for a GET by default, and false for everything else. */
  readonly isHarmless?: boolean;
  /** The caller has a pace of its own or holds a lock, so it gets the registry's wish to wait instead of a wait. */
  readonly isImpatient?: boolean;
  /** Milliseconds that it may take in any case, whatever the registry's limit is. */
  readonly leastTime?: number;
  /** For a change: how the person finds out whether it happened if no answer tells. */
  readonly lookAt?: Hint | undefined;
}

export type RequestContext = Pick<Context, "registry" | "http" | "clock" | "emit" | "signal">;

const redirectsFollowed = 3;

/**
 * Sends a request, and follows redirects by hand, at most three. Once one has left the registry's origin, no
 * credential travels any more: not even back, since the path may be the other's choice by then.
 *
 * Throws the transport's `TransportError`; fails with `registry_refused` for a redirect that isn't followed.
 */
export async function followRedirects(
  request: RegistryRequest,
  ctx: RequestContext,
  time: RequestTime,
): Promise<HttpResponse> {
  const first = ctx.registry.apiUrl + request.path;
  let url = first;
  let isAtHome = true;
  for (let followed = 0; ; followed += 1) {
    isAtHome &&= new URL(url).origin === originOf(ctx.registry);
    const response = await send(request, { url, isAtHome }, ctx, time);
    const { location } = response.headers;
    if (response.status < 300 || response.status > 399 || response.status === 304 || location === undefined) {
      return response;
    }
    if (followed === redirectsFollowed) {
      throw fail("registry_refused", `${first} redirects more than ${redirectsFollowed} times.`);
    }
    url = redirectTarget(request, { from: url, location }, ctx);
  }
}

interface Hop {
  readonly url: string;
  /** No redirect has left the registry's origin. */
  readonly isAtHome: boolean;
}

async function send(
  request: RegistryRequest,
  { url, isAtHome }: Hop,
  ctx: RequestContext,
  time: RequestTime,
): Promise<HttpResponse> {
  const left = time.left();
  if (left <= 0) throw tooLate(url, time);
  warnOfConnection(url, ctx);
  try {
    return await ctx.http({
      method: request.method,
      url,
      headers: headersFor(request, ctx, isAtHome),
      body: request.form ?? (request.body === undefined ? undefined : JSON.stringify(request.body)),
      timeout: left,
      signal: ctx.signal,
      onHeld: time.hold,
    });
  } catch (error) {
    const isLast = error instanceof TransportError && error.kind === "timeout" && left < time.limit;
    throw isLast ? tooLate(url, time, error) : error;
  }
}

/** The time limit is one for all that a request leads to. */
function tooLate(url: string, { limit }: RequestTime, cause?: TransportError): TransportError {
  return new TransportError(
    "timeout",
    `no answer from ${new URL(url).origin} within ${limit / 1000} s, redirects and repetitions included`,
    { wasSent: cause?.wasSent ?? false, cause },
  );
}

/**
 * A request that carries something (a body, perhaps with a password) is not sent to another place. Nothing goes from
 * encryption to plain http, to plain http on another machine, or from a registry elsewhere to this machine.
 */
function redirectTarget(
  { method }: RegistryRequest,
  { from, location }: { readonly from: string; readonly location: string },
  { registry }: RequestContext,
): string {
  const target = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (target === undefined || !["http:", "https:"].includes(target.protocol)) {
    throw fail("registry_refused", `${from} redirects to something that's no web address.`);
  }
  const isHere = isLoopback(target.hostname);
  const isOwn = target.origin === originOf(registry);
  const isReadable =
    target.protocol === "http:" && (new URL(from).protocol === "https:" || !(isOwn || isHere));
  const isIntrusion = isHere && !isLoopback(new URL(registry.apiUrl).hostname);
  if (method !== "GET" || isReadable || isIntrusion) {
    throw fail("registry_refused", `${from} redirects to ${target.origin}, and that isn't followed.`, {
      hint: hint`if ${target.origin} is the registry that you mean, give its address with ${{ option: "apiUrl" }}.`,
    });
  }
  return target.href;
}

function headersFor(request: RegistryRequest, ctx: RequestContext, isAtHome: boolean) {
  const type = request.form === undefined ? "application/json" : "application/x-www-form-urlencoded";
  return {
    accept: "application/json",
    "user-agent": ctx.registry.userAgent,
    ...(request.body === undefined && request.form === undefined ? {} : { "content-type": type }),
    ...(isAtHome && request.authorization !== undefined ? { authorization: request.authorization } : {}),
    ...(isAtHome && request.otp !== undefined ? { "x-hex-otp": request.otp } : {}),
  };
}
