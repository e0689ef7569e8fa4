import type { ClientRequest, IncomingMessage } from "node:http";
import { type HttpRequest, type HttpResponse, type Transport, TransportError } from "@hexuser/core";
import type { ProxySettings } from "./proxy.ts";
import { readResponse } from "./response-body.ts";
import { createRoutes, type Route } from "./route.ts";
import { type Destination, isIssuerUnknown, proxyRefusal, toTransportError } from "./transport-error.ts";

export type { ProxySettings } from "./proxy.ts";

/** How to reach servers. This file doesn't read the environment. */
export interface HttpTransportOptions {
  /** `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`. */
  readonly proxies?: ProxySettings | undefined;
  /** `HEX_CACERTS_PATH`: a PEM file. Its certificates replace those of Node and of the system. */
  readonly cacertsPath?: string | undefined;
  /** `HEX_UNSAFE_HTTPS`: don't check certificates. */
  readonly unsafeHttps?: boolean | undefined;
  /** Bytes. A larger body of a response is refused. */
  readonly maxBytes?: number | undefined;
}

/** Milliseconds. Node's timers can't wait longer. */
const longestTimeout = 2 ** 31 - 1;

/**
 * Makes the transport over node:http and node:https: one request, one response. It doesn't follow redirects and repeats
 * nothing. An open connection never keeps the process alive.
 *
 * @throws {TransportError} (from the transport) with a message that names scheme, host and port, but never the path, a
 *   header, the body or the credentials of a proxy
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
        // If the issuer is unknown, the server got only the beginning of a handshake, so the request can be sent again.
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
      // True once the system has taken the last byte. While a connection is being made, it has taken none.
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
      // In a tunnel and over SOCKS, every answer comes from the server.
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

/** Builds the options by hand, because Node would take a user name and a password from a URL. */
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

/** Headers that only a proxy's own answer has (RFC 9110, 11.7.1; RFC 9209 if it names an error; Squid). */
const proxyHeaders = ["proxy-authenticate", "x-squid-error"];

/**
 * Tells whether an answer through an http proxy is the proxy's own refusal. A 407 always is. A 403 comes from the
 * registry if it's JSON with a message, as in the Hex API. A proxy sends a page or nothing.
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
