import type net from "node:net";
import { gzipSync } from "node:zlib";
import type { TransportError } from "@hexuser/core";
import { afterEach, describe, expect, it } from "vitest";
import { closedPort, failureOf, send } from "./http/requests.ts";
import { closeServers, serveHttp, serveRaw } from "./http/servers.ts";

afterEach(closeServers);

describe("a failed request", () => {
  it("reports a refused connection", async () => {
    const port = await closedPort();
    expect(await failureOf(`http://127.0.0.1:${port}`)).toEqual({
      kind: "unreachable",
      message: `could not connect to http://127.0.0.1:${port}: connection refused`,
    });
    expect(await failureOf(`http://localhost:${port}`)).toEqual({
      kind: "unreachable",
      message: `could not connect to http://localhost:${port}: connection refused`,
    });
  });

  it("reports an unknown host", async () => {
    const { kind, message } = await failureOf("http://nowhere.invalid:4000");
    expect(kind).toBe("unreachable");
    expect(message).toMatch(
      /^could not connect to http:\/\/nowhere\.invalid:4000: (there is no host|the name)/,
    );
  });

  it.each(["ftp://127.0.0.1", "not a url", "unix:/socket"])("refuses the address %s", async (url) => {
    expect((await failureOf(url)).kind).toBe("unreachable");
  });

  it.each([
    ["before the headers", (socket: net.Socket) => socket.destroy()],
    ["before the headers, with a reset", (socket: net.Socket) => socket.resetAndDestroy()],
    ["in the headers", (socket: net.Socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-")],
    ["in the body", (socket: net.Socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")],
    [
      "in a chunked body",
      (socket: net.Socket) => socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\nhalf"),
    ],
  ])("reports a connection that ended %s", async (_when, drop) => {
    const port = await serveRaw(drop);
    expect(await failureOf(`http://127.0.0.1:${port}`)).toEqual({
      kind: "dropped",
      message: `the connection to http://127.0.0.1:${port} ended before the response was complete`,
    });
  });

  it.each([
    ["a banner", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["a wrong length", "HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n"],
    ["another protocol", "HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n"],
  ])("reports an answer that isn't HTTP: %s", async (_what, text) => {
    const port = await serveRaw((socket) => socket.end(text));
    expect(await failureOf(`http://127.0.0.1:${port}`)).toEqual({
      kind: "dropped",
      message: `http://127.0.0.1:${port} answered something that is not HTTP`,
    });
  });

  it.each([
    ["no headers", ""],
    ["no end of the headers", "HTTP/1.1 200 OK\r\nx-a: b\r\n"],
    ["no end of the body", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"],
  ])("ends at the time limit: %s", async (_what, text) => {
    const port = await serveRaw((socket) => socket.write(text));
    expect(await failureOf(`http://127.0.0.1:${port}`, { timeout: 150 })).toEqual({
      kind: "timeout",
      message: `no answer from http://127.0.0.1:${port} within 150 ms`,
    });
  });

  it("says whether it had been sent at the time limit", async () => {
    const mute = await serveRaw(() => {});
    const wasSent = async (url: string) => {
      const error = await send(url, { method: "POST", body: "{}", timeout: 200 }).catch((thrown) => thrown);
      expect(error).toMatchObject({ kind: "timeout" });
      return (error as TransportError).wasSent;
    };
    expect(await wasSent(`http://127.0.0.1:${mute}`)).toBe(true);
    // Without a handshake, there is no connection that could carry a request.
    expect(await wasSent(`https://127.0.0.1:${mute}`)).toBe(false);
  });

  it("has one time limit, even for a slow trickle", async () => {
    const port = await serveHttp((_request, response) => {
      const timer = setInterval(() => response.write("."), 20);
      response.on("close", () => clearInterval(timer));
    });
    expect((await failureOf(`http://127.0.0.1:${port}`, { timeout: 200 })).kind).toBe("timeout");
  });

  it("ends at a body that is too large: announced, not announced or compressed", async () => {
    const port = await serveHttp((request, response) => {
      const large = Buffer.alloc(5_000, "a");
      if (request.url?.startsWith("/zip")) {
        response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(large));
      } else if (request.url?.startsWith("/chunked")) {
        response.write(large);
        response.end(large);
      } else {
        response.writeHead(200, { "content-length": large.length }).end(large);
      }
    });
    for (const path of ["", "/chunked", "/zip"]) {
      expect(await failureOf(`http://127.0.0.1:${port}${path}`, {}, { maxBytes: 1_000 })).toEqual({
        kind: "too_large",
        message: `http://127.0.0.1:${port} answered with more than this program reads (1000 bytes)`,
      });
    }
    expect((await send(`http://127.0.0.1:${port}/`, {}, { maxBytes: 5_000 })).body).toHaveLength(5_000);
  });

  it("ends at too many headers", async () => {
    const port = await serveRaw((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\nx-a: ${"a".repeat(100_000)}\r\n\r\n`),
    );
    expect((await failureOf(`http://127.0.0.1:${port}`)).kind).toBe("too_large");
  });

  it("ends at once if the signal is aborted before or during the exchange", async () => {
    const received = Promise.withResolvers<void>();
    const port = await serveRaw(() => received.resolve());
    const controller = new AbortController();
    const pending = failureOf(`http://127.0.0.1:${port}`, { signal: controller.signal });
    await received.promise;
    controller.abort();
    const expected = { kind: "aborted", message: `the request to http://127.0.0.1:${port} was given up` };
    expect(await pending).toEqual(expected);
    expect(await failureOf(`http://127.0.0.1:${port}`, { signal: AbortSignal.abort() })).toEqual(expected);
  });

  it("doesn't repeat a header that HTTP doesn't allow", async () => {
    const { kind, message } = await failureOf("http://127.0.0.1:1", {
      headers: { authorization: "s3cret\r\nx-injected: 1" },
    });
    expect(kind).toBe("unreachable");
    expect(message).toContain("a character that HTTP does not allow");
  });
});
