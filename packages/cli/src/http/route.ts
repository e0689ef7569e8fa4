import type { Agent, ClientRequest, RequestOptions } from "node:http";
import type { Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { TransportError } from "@hexuser/core";
import { type ProxyServer, type ProxySettings, proxyFor } from "./proxy.ts";

/** The settings that determine the way to a server. */
export interface RouteOptions {
  readonly proxies: ProxySettings;
  /** A PEM file. hexuser trusts only its certificates. */
  readonly cacertsPath?: string | undefined;
  /** Don't check certificates. */
  readonly unsafeHttps: boolean;
}

/** The way to one server, directly or through a proxy. */
export interface Route {
  readonly proxy: ProxyServer | undefined;
  request(options: RequestOptions): ClientRequest;
  /**
   * Makes the next route trust the system's certificates as well. Returns `false` if that changes nothing for this
   * route: it trusts them already, or the person named the certificates to trust.
   */
  trustSystem(): boolean;
  /** Closes the resources of this exchange. */
  close(): void;
}

/** Milliseconds that an idle connection stays open for the next request. It doesn't keep the process alive. */
const idleLimit = 2_000;

interface TlsOptions extends SecureContextOptions {
  readonly rejectUnauthorized: boolean;
}

type Agents = { http?: import("node:http").Agent; https?: import("node:https").Agent | undefined };

/**
 * Makes the function that finds the way to a server. All exchanges of one `createRoutes` share direct connections. The
 * first exchange that needs node:http or node:https loads it.
 *
 * It uses `process.getBuiltinModule`, because `await import("node:http")` reads every getter of the module. That loads
 * the built-in fetch, which takes ten times as long.
 */
export function createRoutes(options: RouteOptions): (target: URL) => Route {
  const agents: Agents = {};
  let tls: TlsOptions | undefined;
  const trustSystem = (used: TlsOptions) => {
    if (used.ca !== undefined || !used.rejectUnauthorized) return false;
    // The first of several exchanges at once changes the trust. The others use it.
    if (tls === used) {
      tls = { ...used, ca: systemCertificates() };
      // Other exchanges may still use the agent's connections. Idle connections end by themselves.
      agents.https = undefined;
    }
    return true;
  };
  return (target) => {
    const proxy = proxyFor(target, options.proxies);
    if (target.protocol === "http:") {
      const way =
        proxy === undefined
          ? directHttp(agents)
          : proxy.kind === "socks"
            ? throughSocks(proxy, target, undefined)
            : forwarded(proxy);
      return { ...way, trustSystem: () => false };
    }
    tls ??= readTlsOptions(options);
    const used = tls;
    const way =
      proxy === undefined
        ? directHttps(agents, used)
        : proxy.kind === "socks"
          ? throughSocks(proxy, target, used)
          : tunnelled(proxy, used);
    return { ...way, trustSystem: () => trustSystem(used) };
  };
}

/**
 * The certificates of Node (with those of `NODE_EXTRA_CA_CERTS`) and of the system, to which companies add their own
 * authority. `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the system's. Reading them takes 60 ms or more, so hexuser does
 * it only if a certificate needs it.
 */
function systemCertificates(): string[] {
  const { getCACertificates } = process.getBuiltinModule("node:tls");
  return [...getCACertificates("default"), ...getCACertificates("system")];
}

type Way = Omit<Route, "trustSystem">;

function directHttp(agents: Agents): Way {
  const http = process.getBuiltinModule("node:http");
  agents.http ??= new http.Agent({ keepAlive: true, timeout: idleLimit });
  const agent = agents.http;
  return { proxy: undefined, request: (options) => http.request({ ...options, agent }), close() {} };
}

function directHttps(agents: Agents, tls: TlsOptions): Way {
  const https = process.getBuiltinModule("node:https");
  agents.https ??= new https.Agent({ ...tls, keepAlive: true, timeout: idleLimit });
  const agent = agents.https;
  return { proxy: undefined, request: (options) => https.request({ ...options, agent }), close() {} };
}

function forwarded(proxy: ProxyServer): Way {
  const http = process.getBuiltinModule("node:http");
  const agent = new http.Agent({ proxyEnv: { HTTP_PROXY: proxy.url } });
  return {
    proxy,
    request: (options) => http.request({ ...options, agent }),
    close: () => agent.destroy(),
  };
}

function tunnelled(proxy: ProxyServer, tls: TlsOptions): Way {
  const https = process.getBuiltinModule("node:https");
  const agent = new https.Agent({ ...tls, proxyEnv: { HTTPS_PROXY: proxy.url } });
  // Until the tunnel is open, its socket belongs neither to the request nor to the agent. Close it here if the request
  // is aborted, because a proxy that never answers would keep the process alive.
  const sockets: Socket[] = [];
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (connection, callback) => {
    const socket = connect(connection, callback);
    if (socket) {
      sockets.push(socket as Socket);
    }
    return socket;
  };
  return {
    proxy,
    request: (options) => https.request({ ...options, agent }),
    close() {
      agent.destroy();
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}

/** A SOCKS proxy connects to the target itself. From then on, the connection works as without a proxy. */
function throughSocks(proxy: ProxyServer, target: URL, tls: TlsOptions | undefined): Way {
  const client =
    tls === undefined ? process.getBuiltinModule("node:http") : process.getBuiltinModule("node:https");
  const agent: Agent = new client.Agent(tls ?? {});
  const connectOver = agent.createConnection.bind(agent);
  const given = new AbortController();
  agent.createConnection = (options, callback) => {
    const connected = import("./socks.ts").then(({ connectThroughSocks }) =>
      connectThroughSocks(proxy, target, given.signal),
    );
    connected.then(
      (socket) =>
        callback?.(
          null,
          tls === undefined ? socket : (connectOver({ ...options, socket } as RequestOptions) as Socket),
        ),
      (error: Error) => callback?.(error, undefined as never),
    );
    return undefined;
  };
  return {
    proxy,
    request: (options) => client.request({ ...options, agent }),
    close() {
      given.abort();
      agent.destroy();
    },
  };
}

/** @throws {TransportError} `tls` if the file of certificates can't be used */
function readTlsOptions({ cacertsPath, unsafeHttps }: RouteOptions): TlsOptions {
  // Always set it. Otherwise NODE_TLS_REJECT_UNAUTHORIZED decides.
  const rejectUnauthorized = !unsafeHttps;
  if (cacertsPath === undefined || unsafeHttps) {
    return { rejectUnauthorized };
  }
  let ca: string;
  try {
    ca = process.getBuiltinModule("node:fs").readFileSync(cacertsPath, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const reason = code === "ENOENT" ? "there is no such file" : `it can't be read (${code})`;
    throw new TransportError("tls", `could not use the certificates in ${cacertsPath}: ${reason}`, { cause });
  }
  if (!/-----BEGIN ([A-Z0-9]+ )?CERTIFICATE-----/.test(ca)) {
    throw new TransportError(
      "tls",
      `could not use the certificates in ${cacertsPath}: there is no PEM certificate in it`,
    );
  }
  // mix hex also trusts an intermediate certificate in the file.
  return { rejectUnauthorized, ca, allowPartialTrustChain: true };
}
