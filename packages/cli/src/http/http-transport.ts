import type { ClientRequest, IncomingMessage } from "node:http";
import { type HttpRequest, type HttpResponse, type Transport, TransportError } from "@hexuser/core";
import type { ProxySettings } from "./proxy.ts";
import { readResponse } from "./response-body.ts";
import { createRoutes, type Route } from "./route.ts";
import { type Destination, isIssuerUnknown, proxyRefusal, toTransportError } from "./transport-error.ts";

export type { ProxySettings } from "./proxy.ts";

/** How servers are reached. Nothing is read from the environment here. */
export interface HttpTransportOptions {
  /** `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`. */
  readonly proxies?: ProxySettings | undefined;
  /** `HEX_CACERTS_PATH`: a PEM file. Its certificates replace those of Node and of the system. */
  readonly cacertsPath?: string | undefined;
  /** `HEX_UNSAFE_HTTPS`: certificates aren't checked. */
  readonly unsafeHttps?: boolean | undefined;
  /** The largest body of a response that is read, in bytes. */
  readonly maxBytes?: number | undefined;
}

/** Timers of Node can't wait longer; in milliseconds. */
const longestTimeout = 2 ** 31 - 1;

/**
 * Makes the transport over node:http and node:https: one request, one response. Redirects aren't followed,
 * nothing is repeated, and an open connection never keeps the process from ending.
 *
 * @throws {TransportError} (from the transport) with a message that names scheme, host and port, and neither
 * the path, a header, the body nor the credentials of a proxy
 */
export function createHttpTransport(options: HttpTransportOptions = {}): Transport {
  const findRoute = createRoutes({
    proxies: options.proxies ?? {},
    cacertsPath: options.cacertsPath,
    unsafeHttps: options.unsafeHttps ?? false,
  });
  const maxBytes = options.maxBytes ?? 8 * 1024 * 1024;
  return async (request) => {
    const target = parseTarget(request.url);
    const end = performance.now() + request.timeout;
    for (let timeout = request.timeout; ; timeout = Math.max(1, Math.ceil(end - performance.now()))) {
      const route = findRoute(target);
      try {
        return await exchange({ ...request, timeout }, target, route, maxBytes);
      } catch (error) {
        // A server whose issuer is unknown has got nothing but the beginning of a handshake.
        if (!isIssuerUnknown(error) || !route.trustSystem()) throw error;
      } finally {
        route.close();
      }
    }
  };
}

function parseTarget(url: string): URL {
  const target = URL.canParse(url) ? new URL(url) : undefined;
  if (target?.protocol !== "http:" && target?.protocol !== "https:") {
    throw new TransportError("unreachable", "the address of the registry is not an http or https URL");
  }
  return target;
}

function exchange(request: HttpRequest, target: URL, route: Route, maxBytes: number): Promise<HttpResponse> {
  const { signal, timeout } = request;
  const destination: Destination = { origin: target.origin, proxy: route.proxy };
  return new Promise((resolve, reject) => {
    let outgoing: ClientRequest | undefined;
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    const fail = (thrown: unknown) => {
      finish();
      reject(toTransportError(thrown, destination));
      outgoing?.destroy();
    };
    const end = (kind: "aborted" | "timeout", message: string) => {
      // Handed to the system to the last byte: while a connection is being made, nothing is.
      fail(new TransportError(kind, message, { wasSent: outgoing?.writableFinished === true }));
    };
    const abort = () => end("aborted", `the request to ${target.origin} was given up`);
    const timer = setTimeout(
      () => end("timeout", `no answer from ${target.origin} within ${seconds(timeout)}`),
      Math.min(timeout, longestTimeout),
    );
    if (signal?.aborted) {
      abort();
      return;
    }
    signal?.addEventListener("abort", abort);
    const receive = async (incoming: IncomingMessage) => {
      const response = await readResponse(incoming, maxBytes, destination);
      // In a tunnel and over SOCKS, every answer is the server's.
      const isForwarded = route.proxy?.kind === "http" && target.protocol === "http:";
      if (isForwarded && isProxyRefusal(response)) {
        throw proxyRefusal(destination, route.proxy, response.status);
      }
      finish();
      resolve(response);
    };
    try {
      outgoing = send(request, target, route);
      outgoing.on("error", fail);
      outgoing.on("response", (incoming) => void receive(incoming).catch(fail));
      outgoing.on("upgrade", (_incoming, socket) => {
        socket.destroy();
        fail({ code: "HPE_UNEXPECTED_UPGRADE" });
      });
    } catch (thrown) {
      fail(thrown);
    }
  });
}

/** The options are put together by hand: from a URL, Node would take a user name and a password as well. */
function send(request: HttpRequest, target: URL, route: Route): ClientRequest {
  const { method, headers } = request;
  const body = request.body === undefined ? undefined : Buffer.from(request.body, "utf8");
  const length =
    body !== undefined || ["POST", "PUT", "PATCH"].includes(method)
      ? { "content-length": String(body?.byteLength ?? 0) }
      : {};
  const outgoing = route.request({
    protocol: target.protocol,
    hostname: target.hostname.replace(/^\[|\]$/g, ""),
    port: target.port || (target.protocol === "https:" ? 443 : 80),
    path: target.pathname + target.search,
    method,
    headers: { ...headers, ...length },
  });
  outgoing.end(body);
  return outgoing;
}

function seconds(milliseconds: number): string {
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${Math.round(milliseconds / 100) / 10} s`;
}

/** Headers that only a proxy's own answer has (RFC 9110, 11.7.1; RFC 9209 where it names an error; Squid). */
const proxyHeaders = ["proxy-authenticate", "x-squid-error"];

/**
 * Whether an answer that came through a proxy for http is the proxy's own refusal. A 407 always is. A 403 is the
 * registry's where it's JSON with a message, as the Hex API has it; a proxy's is a page or nothing.
 */
export function isProxyRefusal(response: HttpResponse): boolean {
  const { status, headers } = response;
  if (status === 407) return true;
  if (status !== 403) return false;
  const isMarked =
    proxyHeaders.some((name) => headers[name] !== undefined) ||
    /;\s*error=/.test(headers["proxy-status"] ?? "");
  return isMarked || !isRegistryError(response.body);
}

function isRegistryError(body: string): boolean {
  try {
    const error: unknown = JSON.parse(body);
    return typeof error === "object" && error !== null && ("message" in error || "error" in error);
  } catch {
    return false;
  }
}
