import http from "node:http";
import https from "node:https";
import net, { type AddressInfo, type Socket } from "node:net";

/** The open servers, which the test has to close. */
const opened: { close(): Promise<void> }[] = [];

export async function closeServers(): Promise<void> {
  await Promise.all(opened.splice(0).map((server) => server.close()));
}

/** Listens on a free port of the loopback address. Returns the port. */
export async function listen(server: net.Server, host = "127.0.0.1"): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  opened.push({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) {
          socket.destroy();
        }
      }),
  });
  return (server.address() as AddressInfo).port;
}

export function serveHttp(handler: http.RequestListener, host?: string): Promise<number> {
  return listen(http.createServer(handler), host);
}

export function serveHttps(options: https.ServerOptions, handler: http.RequestListener): Promise<number> {
  return listen(https.createServer(options, handler));
}

/** A server that passes each connection to the function after its first data. */
export function serveRaw(answer: (socket: Socket) => void): Promise<number> {
  return listen(
    net.createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => answer(socket));
    }),
  );
}

export interface ProxyLog {
  readonly port: number;
  /** `CONNECT host:port` or `GET http://…`, with the received proxy-authorization. */
  readonly seen: { request: string; authorization: string | undefined }[];
}

/** A proxy that forwards and tunnels (RFC 9110, 9.3.6). With credentials (`user:password`), it requires them. */
export async function serveProxy(credentials?: string): Promise<ProxyLog> {
  const seen: ProxyLog["seen"] = [];
  const expected = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`;
  const admits = (request: http.IncomingMessage) => {
    const authorization = request.headers["proxy-authorization"];
    seen.push({ request: `${request.method} ${request.url}`, authorization });
    return expected === undefined || authorization === expected;
  };
  const server = http.createServer((request, response) => {
    if (!admits(request)) {
      response.writeHead(407, { "proxy-authenticate": 'Basic realm="proxy"' }).end();
      return;
    }
    const {
      "proxy-authorization": _credentials,
      "proxy-connection": _connection,
      ...headers
    } = request.headers;
    const onward = http.request(
      request.url ?? "",
      { method: request.method ?? "GET", headers },
      (incoming) => {
        response.writeHead(incoming.statusCode ?? 502, incoming.rawHeaders);
        incoming.pipe(response);
      },
    );
    onward.on("error", () => response.writeHead(502).end());
    request.pipe(onward);
  });
  server.on("connect", (request, client: Socket) => {
    client.on("error", () => {});
    if (!admits(request)) {
      client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="proxy"\r\n\r\n',
      );
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const upstream = net.connect(Number(port), hostname.replace(/^\[|\]$/g, ""), () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
  });
  return { port: await listen(server), seen };
}

/** A SOCKS 5 proxy (RFC 1928). With credentials, it requires a user name and a password (RFC 1929). */
export async function serveSocks(
  credentials?: string,
  refuse = 0,
): Promise<{ port: number; seen: string[] }> {
  const seen: string[] = [];
  const server = net.createServer(async (client) => {
    client.on("error", () => {});
    const read = createReader(client);
    const [, count = 0] = await read(2);
    await read(count);
    client.write(Buffer.from([5, credentials === undefined ? 0 : 2]));
    if (credentials !== undefined) {
      const [, length = 0] = await read(2);
      const name = await read(length);
      const password = await read((await read(1))[0] ?? 0);
      const isRight = `${name}:${password}` === credentials;
      client.write(Buffer.from([1, isRight ? 0 : 1]));
      if (!isRight) return;
    }
    const [, , , kind] = await read(4);
    const host = kind === 3 ? String(await read((await read(1))[0] ?? 0)) : (await read(4)).join(".");
    const port = (await read(2)).readUInt16BE();
    seen.push(`${host}:${port}`);
    const reply = Buffer.from([5, refuse, 0, 1, 127, 0, 0, 1, 0, 0]);
    if (refuse !== 0) {
      client.end(reply);
      return;
    }
    const upstream = net.connect(port, host, () => {
      client.write(reply);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on("error", () => client.destroy());
  });
  return { port: await listen(server), seen };
}

/** Makes a function that reads a number of bytes from a socket. */
function createReader(socket: Socket): (count: number) => Promise<Buffer> {
  return async (count) => {
    for (;;) {
      const bytes: Buffer | null = count === 0 ? Buffer.alloc(0) : socket.read(count);
      if (bytes !== null) return bytes;
      await new Promise((resolve) => socket.once("readable", resolve));
    }
  };
}
