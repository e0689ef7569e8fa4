import type { Context } from "../context.ts";
import { fail } from "../failure.ts";
import { type Hint, hint } from "../hint.ts";
import { type HttpResponse, TransportError } from "../transport.ts";
import { warnOfConnection } from "./plain-http.ts";
import type { RequestTime } from "./request-time.ts";
import { isLoopback, originOf } from "./site.ts";

/** A request to the registry. */
export interface RegistryRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** The path below the base of the API. It begins with a slash, and its parameters are percent-encoded. */
  readonly path: string;
  /** The content to send as JSON. */
  readonly body?: unknown;
  /** A form to send unchanged instead of a body (RFC 6749, appendix B). */
  readonly form?: string | undefined;
  /** The value of the `authorization` header. */
  readonly authorization?: string | undefined;
  /** The value of the `x-hex-otp` header. */
  readonly otp?: string | undefined;
  /**
   * The request changes nothing, so it doesn't matter whether it arrived. The default is true for a GET and false
   * otherwise.
   */
  readonly isHarmless?: boolean;
  /** The caller has its own pace or holds a lock, so it gets the registry's request to wait as an answer. */
  readonly isImpatient?: boolean;
  /** Milliseconds that the request may take even if the registry's limit is shorter. */
  readonly leastTime?: number;
  /** For a change without an answer: how the person finds out whether it happened. */
  readonly lookAt?: Hint | undefined;
}

export type RequestContext = Pick<Context, "registry" | "http" | "clock" | "emit" | "signal">;

const redirectsFollowed = 3;

/**
 * Sends a request and follows at most three redirects by hand. After a redirect to another origin, it sends no
 * credential any more. This includes a redirect back, because the other server may have chosen the path.
 *
 * Throws the transport's `TransportError`. Fails with `registry_refused` for a redirect that it doesn't follow.
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
  /** All redirects stayed at the registry's origin. */
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

/** All hops and repetitions of a request share one time limit. */
function tooLate(url: string, { limit }: RequestTime, cause?: TransportError): TransportError {
  return new TransportError(
    "timeout",
    `no answer from ${new URL(url).origin} within ${limit / 1000} s, redirects and repetitions included`,
    { wasSent: cause?.wasSent ?? false, cause },
  );
}

/**
 * Returns the target of a redirect. It refuses any redirect of a request that isn't a GET, because the body may contain
 * a password. It also refuses redirects from https to plain http, to plain http on another machine, and from a remote
 * registry to this machine.
 */
function redirectTarget(
  { method }: RegistryRequest,
  { from, location }: { readonly from: string; readonly location: string },
  { registry }: RequestContext,
): string {
  const target = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (target === undefined || !["http:", "https:"].includes(target.protocol)) {
    throw fail("registry_refused", `${from} redirects to something that isn't a web address.`);
  }
  const isHere = isLoopback(target.hostname);
  const isOwn = target.origin === originOf(registry);
  const isReadable =
    target.protocol === "http:" && (new URL(from).protocol === "https:" || !(isOwn || isHere));
  const isIntrusion = isHere && !isLoopback(new URL(registry.apiUrl).hostname);
  if (method !== "GET" || isReadable || isIntrusion) {
    throw fail("registry_refused", `${from} redirects to ${target.origin}, which hexuser doesn't follow.`, {
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
