import type { Agent, ClientRequest, RequestOptions } from "node:http";
import type { Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { TransportError } from "@hexuser/core";
import { type ProxyServer, type ProxySettings, proxyFor } from "./proxy.ts";

/** What decides about the way to a server. */
export interface RouteOptions {
  readonly proxies: ProxySettings;
  /** A PEM file: the certificates in it are trusted, and no others. */
  readonly cacertsPath?: string | undefined;
  /** Certificates aren't checked. */
  readonly unsafeHttps: boolean;
}

/** The way to one server, directly or through a proxy. */
export interface Route {
  readonly proxy: ProxyServer | undefined;
  request(options: RequestOptions): ClientRequest;
  /**
   * Makes the next route trust the certificates of the system, too. Gives `false` if that changes nothing for this
   * route: it trusts them already, or the person named the certificates to trust.
   */
  trustSystem(): boolean;
  /** Closes what only this exchange used. */
  close(): void;
}

/** How long a connection is kept for the next request, in milliseconds. It doesn't keep the process alive. */
const idleLimit = 2_000;

interface TlsOptions extends SecureContextOptions {
  readonly rejectUnauthorized: boolean;
}

type Agents = { http?: import("node:http").Agent; https?: import("node:https").Agent | undefined };

/**
 * Gives the function that finds the way to a server. Direct connections are shared between the exchanges of one
 * `createRoutes`; node:http or node:https is loaded by the first exchange that needs it.
 *
 * The modules are taken with `process.getBuiltinModule`: `await import("node:http")` reads every getter of the
 * module, which loads the built-in fetch, ten times the cost.
 */
export function createRoutes(options: RouteOptions): (target: URL) => Route {
  const agents: Agents = {};
  let tls: TlsOptions | undefined;
  const trustSystem = (used: TlsOptions) => {
    if (used.ca !== undefined || !used.rejectUnauthorized) return false;
    // Of several exchanges at once, the first one changes it, and the others go on with the new trust.
    if (tls === used) {
      tls = { ...used, ca: systemCertificates() };
      // Other exchanges may still use the agent's connections; those that are idle end by themselves.
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
 * The certificates of Node (with those of `NODE_EXTRA_CA_CERTS`) and of the system, where companies put their own
 * authority. `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the system's. Reading them takes 60 ms or more, so that is done
 * only where a certificate turns out to need it.
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
  // Until the tunnel is open, its socket belongs neither to the request nor to the agent, so that nothing would
  // close it when the request is given up: a proxy that never answers would keep the process alive.
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

/** A SOCKS proxy connects to the target itself; what follows on that connection is the same as without a proxy. */
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

/** @throws {TransportError} `tls` when the file of certificates can't be used */
function readTlsOptions({ cacertsPath, unsafeHttps }: RouteOptions): TlsOptions {
  // Said in either case, since otherwise NODE_TLS_REJECT_UNAUTHORIZED decides.
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
  // mix hex trusts an intermediate certificate in the file, too.
  return { rejectUnauthorized, ca, allowPartialTrustChain: true };
}
