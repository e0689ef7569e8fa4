import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";

/** A received request. Through a proxy, its address is absolute. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as a page. */
  readonly text?: string;
}

/** A server with the answers of the test: a registry, or the proxy in front of one. */
export interface StubServer {
  readonly port: number;
  readonly url: string;
  readonly asked: Asked[];
  close(): Promise<void>;
}

/** A certificate with its key, as PEM. */
export interface ServerCertificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * Starts a server on the loopback address, with TLS if it gets a certificate. It answers `CONNECT` with the status that
 * `answer` returns for it.
 */
export async function startStub(
  answer: (asked: Asked) => Said | Promise<Said>,
  certificate?: ServerCertificate,
): Promise<StubServer> {
  const asked: Asked[] = [];
  const listen: RequestListener = async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const { method = "", url = "", headers } = request;
    const one = { method, url, headers, body };
    asked.push(one);
    const said = await answer(one);
    const type = said.text === undefined ? "application/json" : "text/html";
    response.writeHead(said.status, { "content-type": type, ...said.headers });
    response.end(said.text ?? (said.json === undefined ? "" : JSON.stringify(said.json)));
  };
  const server = certificate === undefined ? createServer(listen) : createSecureServer(certificate, listen);
  server.on("connect", async ({ method = "", url = "", headers }, socket) => {
    const one = { method, url, headers, body: "" };
    asked.push(one);
    socket.on("error", () => {}).end(`HTTP/1.1 ${(await answer(one)).status} No\r\n\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${certificate === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
