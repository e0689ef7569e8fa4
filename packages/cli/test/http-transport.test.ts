import { execFile } from "node:child_process";
import http from "node:http";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { createHttpTransport } from "../src/http/http-transport.ts";
import { send } from "./http/requests.ts";
import { closeServers, serveHttp, serveRaw } from "./http/servers.ts";

afterEach(closeServers);

describe("an exchange", () => {
  it("sends the method, path, headers and body unchanged, with the length in bytes", async () => {
    let seen: { method?: string; url?: string; headers: http.IncomingHttpHeaders; body: string } | undefined;
    const port = await serveHttp(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) {
        chunks.push(chunk as Buffer);
      }
      const { method = "", url = "", headers } = request;
      seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
      response.writeHead(201, { "X-Hex-Message": '"hello"; level=warn' }).end('{"name":"José"}');
    });
    const response = await send(`http://127.0.0.1:${port}/api/keys/a%2Fb%20c?page=1`, {
      method: "POST",
      headers: { "user-agent": "hexuser/1", "content-type": "application/json" },
      body: '{"name":"José"}',
    });
    expect(response).toMatchObject({ status: 201, body: '{"name":"José"}' });
    expect(response.headers["x-hex-message"]).toBe('"hello"; level=warn');
    expect(seen).toMatchObject({
      method: "POST",
      url: "/api/keys/a%2Fb%20c?page=1",
      body: '{"name":"José"}',
    });
    expect(seen?.headers).toMatchObject({
      "user-agent": "hexuser/1",
      "content-length": "16",
      host: `127.0.0.1:${port}`,
    });
    expect(seen?.headers).not.toHaveProperty("accept-encoding");
  });

  it("sends no length with a DELETE without a body, and length 0 with such a POST", async () => {
    const port = await serveHttp((request, response) =>
      response.end(JSON.stringify([request.headers["content-length"], request.headers["transfer-encoding"]])),
    );
    expect((await send(`http://127.0.0.1:${port}/`, { method: "DELETE" })).body).toBe("[null,null]");
    expect((await send(`http://127.0.0.1:${port}/`, { method: "POST" })).body).toBe('["0",null]');
  });

  it("does not send a username and password from the URL", async () => {
    const port = await serveHttp((request, response) =>
      response.end(request.headers.authorization ?? "none"),
    );
    expect((await send(`http://user:password@127.0.0.1:${port}/`)).body).toBe("none");
  });

  it("joins repeated headers, and is safe from a header named like a prototype", async () => {
    const port = await serveRaw((socket) =>
      socket.end(
        "HTTP/1.1 200 OK\r\nX-One: a\r\nx-one: b\r\nSet-Cookie: c\r\nSet-Cookie: d\r\nAge: 1\r\nAge: 2\r\n" +
          "__proto__: e\r\ncontent-length: 0\r\n\r\n",
      ),
    );
    const { headers } = await send(`http://127.0.0.1:${port}/`);
    expect(headers).toMatchObject({ "x-one": "a, b", "set-cookie": "c, d", age: "1, 2" });
    expect(Object.hasOwn(headers, "__proto__")).toBe(true);
    expect(Object.getPrototypeOf(headers)).toBe(Object.prototype);
  });

  it("replaces invalid UTF-8, and joins characters that arrive in pieces", async () => {
    const port = await serveHttp((_request, response) => {
      response.write(Buffer.from([0xe2, 0x82]));
      setTimeout(() => response.end(Buffer.from([0xac, 0xff])), 20);
    });
    expect((await send(`http://127.0.0.1:${port}/`)).body).toBe("€�");
  });

  it.each([301, 302, 401, 404, 429, 500])("returns status %d as a response", async (status) => {
    const port = await serveHttp((_request, response) => {
      response.writeHead(status, { location: "http://127.0.0.1:1/" }).end();
    });
    const response = await send(`http://127.0.0.1:${port}/`);
    expect(response).toMatchObject({ status, body: "" });
    expect(response.headers.location).toBe("http://127.0.0.1:1/");
  });

  it("reads a body without a length up to the end of the connection", async () => {
    const port = await serveRaw((socket) => socket.end("HTTP/1.0 200 OK\r\n\r\nall of it"));
    expect((await send(`http://127.0.0.1:${port}/`)).body).toBe("all of it");
  });

  it("reads unrequested gzip, and refuses other compressions", async () => {
    const port = await serveHttp((request, response) => {
      const encoding = request.url?.slice(1) ?? "";
      response.writeHead(200, { "content-encoding": encoding }).end(gzipSync("packed"));
    });
    const response = await send(`http://127.0.0.1:${port}/gzip`);
    expect(response.body).toBe("packed");
    expect(response.headers).not.toHaveProperty("content-encoding");
    await expect(send(`http://127.0.0.1:${port}/br`)).rejects.toMatchObject({
      kind: "dropped",
      message: `http://127.0.0.1:${port} answered in a compression that this program does not read`,
    });
  });

  it("re-uses a connection for the next request", async () => {
    const ports = new Set<number | undefined>();
    const port = await serveHttp((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    const transport = createHttpTransport();
    const request = { method: "GET", url: `http://127.0.0.1:${port}/`, headers: {}, timeout: 5_000 };
    await transport(request);
    await transport(request);
    expect(ports.size).toBe(1);
  });

  it("reaches the ports that fetch refuses", async (context) => {
    const server = http.createServer((_request, response) => response.end("here"));
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(4045, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) {
      context.skip("port 4045 is in use");
    }
    try {
      expect((await send("http://127.0.0.1:4045/")).body).toBe("here");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("reaches an IPv6 address", async (context) => {
    const port = await serveHttp((request, response) => response.end(request.headers.host), "::1").catch(
      () => undefined,
    );
    if (port === undefined) {
      context.skip("this machine has no IPv6 loopback");
    }
    expect((await send(`http://[::1]:${port}/`)).body).toBe(`[::1]:${port}`);
  });

  it("lets the process end as soon as the response is read", async () => {
    const port = await serveHttp((_request, response) => response.end("done"));
    const module = new URL("../src/http/http-transport.ts", import.meta.url).href;
    const script = `
      const { createHttpTransport } = await import(${JSON.stringify(module)});
      const { body } = await createHttpTransport()(
        { method: "GET", url: "http://127.0.0.1:${port}/", headers: {}, timeout: 60_000 });
      process.on("exit", () => console.log(body));`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--experimental-strip-types", "--no-warnings", "--input-type=module", "--eval", script],
      { cwd: fileURLToPath(new URL("..", import.meta.url)), timeout: 20_000 },
    );
    expect(stdout.trim()).toBe("done");
  });
});
