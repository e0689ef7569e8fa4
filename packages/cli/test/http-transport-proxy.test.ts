import type http from "node:http";
import type { Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { connectThroughSocks } from "../src/http/socks.ts";
import { type Certificates, makeCertificates } from "./http/certificates.ts";
import { closedPort, failureOf, secretHeaders, send } from "./http/requests.ts";
import { closeServers, serveHttp, serveHttps, serveProxy, serveRaw, serveSocks } from "./http/servers.ts";

afterEach(closeServers);

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

const answer: http.RequestListener = (_request, response) => response.end("secure");

describe("a proxy for https", () => {
  it("tunnels https, and is the only one to get its name and password", async () => {
    let seen: http.IncomingHttpHeaders = {};
    const port = await serveHttps(certificates.good, (request, response) => {
      seen = request.headers;
      response.end("x".repeat(300_000));
    });
    const proxy = await serveProxy("user:hu:sh%");
    const { body } = await send(
      `https://localhost:${port}/path`,
      { headers: secretHeaders },
      {
        cacertsPath: certificates.caPath,
        proxies: { https: `http://user:hu%3Ash%25@127.0.0.1:${proxy.port}`, http: "http://127.0.0.1:1" },
      },
    );
    expect(body).toHaveLength(300_000);
    expect(proxy.seen).toEqual([
      {
        request: `CONNECT localhost:${port}`,
        authorization: `Basic ${Buffer.from("user:hu:sh%").toString("base64")}`,
      },
    ]);
    expect(seen).toMatchObject(secretHeaders);
    expect(seen).not.toHaveProperty("proxy-authorization");
  });

  it("doesn't prevent the check of the certificate", async () => {
    const port = await serveHttps(certificates.selfSigned, answer);
    const proxies = { https: `http://127.0.0.1:${(await serveProxy()).port}` };
    expect(await failureOf(`https://localhost:${port}`, {}, { proxies })).toEqual({
      kind: "tls",
      message: `the certificate of https://localhost:${port} was not accepted: it is self-signed`,
    });
    expect((await send(`https://localhost:${port}/`, {}, { proxies, unsafeHttps: true })).body).toBe(
      "secure",
    );
  });

  it("is named if it refuses", async () => {
    const { port } = await serveProxy("user:hush");
    const refusal = `the proxy http://127.0.0.1:${port} refused to connect to https://hex.invalid`;
    expect(
      await failureOf("https://hex.invalid", {}, { proxies: { https: `http://127.0.0.1:${port}` } }),
    ).toEqual({
      kind: "proxy",
      message: `${refusal}: it asks for a user name and a password (407); hexuser supports Basic authentication, not NTLM or Kerberos`,
    });
    expect(
      await failureOf(
        "https://hex.invalid",
        {},
        { proxies: { https: `http://user:hush2@127.0.0.1:${port}` } },
      ),
    ).toEqual({
      kind: "proxy",
      message: `${refusal}: it does not accept the user name and password of the proxy setting (407)`,
    });
    expect(
      await failureOf(
        "https://127.0.0.1:1",
        {},
        { proxies: { https: `http://user:hush@127.0.0.1:${port}` } },
      ),
    ).toEqual({
      kind: "unreachable",
      message: `the proxy http://127.0.0.1:${port} refused to connect to https://127.0.0.1:1: it answered with status 502`,
    });
  });

  it("is named if it hangs up or isn't a proxy", async () => {
    const silent = await serveRaw((socket) => socket.end());
    expect(
      await failureOf("https://hex.invalid", {}, { proxies: { https: `http://127.0.0.1:${silent}` } }),
    ).toEqual({
      kind: "unreachable",
      message: `the proxy http://127.0.0.1:${silent} ended the connection to https://hex.invalid`,
    });
    const other = await serveRaw((socket) => socket.end("SSH-2.0\r\n\r\n"));
    expect(
      (await failureOf("https://hex.invalid", {}, { proxies: { https: `http://127.0.0.1:${other}` } }))
        .message,
    ).toContain("it answered something that is not HTTP");
  });

  it.each(["timeout", "abort"])("is disconnected if its tunnel never opens: %s", async (how) => {
    const closed = Promise.withResolvers<void>();
    const controller = new AbortController();
    const port = await serveRaw((socket) => {
      socket.on("close", () => closed.resolve());
      if (how === "abort") {
        controller.abort();
      }
    });
    const { kind } = await failureOf(
      "https://hex.invalid",
      { timeout: how === "timeout" ? 150 : 5_000, signal: controller.signal },
      { proxies: { https: `http://127.0.0.1:${port}` } },
    );
    expect(kind).toBe(how === "timeout" ? "timeout" : "aborted");
    await closed.promise;
  });
});

const encodingHint =
  "; in a user name or password, #, /, ? and \\ must be percent-encoded (%23, %2F, %3F, %5C)";

describe("a proxy for http", () => {
  it("gets the whole address, with and without a password", async () => {
    const port = await serveHttp((request, response) =>
      response.end(`${request.url} ${request.headers["proxy-authorization"]}`),
    );
    const open = await serveProxy();
    const target = `http://127.0.0.1:${port}/api/users/me?a=b`;
    const through = { proxies: { http: `http://127.0.0.1:${open.port}/`, https: "http://127.0.0.1:1" } };
    expect((await send(target, {}, through)).body).toBe("/api/users/me?a=b undefined");
    expect(open.seen).toEqual([{ request: `GET ${target}`, authorization: undefined }]);

    const locked = await serveProxy("user:hush");
    const post = { method: "POST", body: "{}" };
    const known = { proxies: { http: `user:hush@127.0.0.1:${locked.port}` } };
    expect((await send(target, post, known)).body).toBe("/api/users/me?a=b undefined");
    expect(locked.seen[0]?.request).toBe(`POST ${target}`);
    expect(
      await failureOf(
        `http://127.0.0.1:${port}`,
        {},
        { proxies: { http: `http://127.0.0.1:${locked.port}` } },
      ),
    ).toEqual({
      kind: "proxy",
      message: `the proxy http://127.0.0.1:${locked.port} refused to connect to http://127.0.0.1:${port}: it asks for a user name and a password (407); hexuser supports Basic authentication, not NTLM or Kerberos`,
    });
  });

  it("is named when it can't be reached", async () => {
    const port = await closedPort();
    expect(
      await failureOf("http://hex.invalid", {}, { proxies: { http: `http://user:hush@127.0.0.1:${port}` } }),
    ).toEqual({
      kind: "unreachable",
      message: `could not connect to the proxy http://127.0.0.1:${port}: connection refused`,
    });
  });

  it.each([
    ["ftp://user:hush@127.0.0.1:1080", "is not an address that begins with http://, https:// or socks5://"],
    ["http://user:hush@:80:80", "is not an address"],
    ["http://user:12#hush@127.0.0.1:1", `is not an address${encodingHint}`],
    ["http://user:12/hush@127.0.0.1:1", `is not an address${encodingHint}`],
    ["user:12?hush@127.0.0.1:1", `is not an address${encodingHint}`],
    ["http://user:hush#1@127.0.0.1:1", `is not an address${encodingHint}`],
    ["socks5://user:1/hush@127.0.0.1:1", `is not an address${encodingHint}`],
  ])("isn't bypassed if its setting is wrong: %s", async (http, reason) => {
    const port = await serveHttp((_request, response) => response.end());
    expect(await failureOf(`http://127.0.0.1:${port}`, {}, { proxies: { http } })).toEqual({
      kind: "unreachable",
      message: `the proxy setting (HTTP_PROXY) ${reason}`,
    });
  });

  it("accepts a password with a bare per cent sign", async () => {
    const port = await serveHttp((_request, response) => response.end("reached"));
    const proxy = await serveProxy("user:100%");
    const proxies = { http: `http://user:100%@127.0.0.1:${proxy.port}` };
    expect((await send(`http://127.0.0.1:${port}/`, {}, { proxies })).body).toBe("reached");
  });
});

describe("NO_PROXY", () => {
  const proxies = (no: string) => ({ proxies: { http: "http://127.0.0.1:1", no } });

  it.each([
    "*",
    "127.0.0.1",
    "example.org, 127.0.0.1 ",
    "127.",
    "127.0",
    "127.0.0",
    "PORT",
    "127.0.0.0/8",
    "::/0,127.0.0.1/32",
  ])("makes hexuser reach the host directly: %s", async (no) => {
    const port = await serveHttp((_request, response) => response.end("direct"));
    const options = proxies(no.replace("PORT", `127.0.0.1:${port}`));
    expect((await send(`http://127.0.0.1:${port}/`, {}, options)).body).toBe("direct");
  });

  it.each([
    "",
    "example.org",
    "127.0.0.1:9",
    "12",
    "0.0.1",
    ".0.0.1x",
    ".",
    ",",
    "10.0.0.0/8",
    "127.0.0.0/33",
    "127.0.0.0/",
    "::/0",
    "/8",
    "x/8",
  ])("leaves the host to the proxy: %j", async (no) => {
    const port = await serveHttp((_request, response) => response.end("direct"));
    expect((await failureOf(`http://127.0.0.1:${port}`, {}, proxies(no))).message).toBe(
      "could not connect to the proxy http://127.0.0.1:1: connection refused",
    );
  });

  it.each([
    ["nowhere.invalid", true],
    ["NOWHERE.invalid", true],
    [".invalid", true],
    ["*.invalid", true],
    [".nowhere.invalid", true],
    ["invalid", false],
    [".where.invalid", false],
    ["where.invalid", false],
  ])("of %s, nowhere.invalid is reached directly: %s", async (no, direct) => {
    const { message } = await failureOf("http://nowhere.invalid", {}, proxies(no));
    expect(message).toContain(direct ? "could not connect to http://nowhere.invalid" : "to the proxy");
  });

  it("accepts IPv6 addresses with and without brackets", async (context) => {
    const port = await serveHttp((_request, response) => response.end("direct"), "::1").catch(
      () => undefined,
    );
    if (port === undefined) {
      context.skip("this machine has no IPv6 loopback");
    }
    for (const no of ["::1", "[::1]", `[::1]:${port}`]) {
      expect((await send(`http://[::1]:${port}/`, {}, proxies(no))).body).toBe("direct");
    }
  });
});

describe("a SOCKS 5 proxy", () => {
  it("connects to http and https registries, and looks up their names", async () => {
    const secure = await serveHttps(certificates.good, answer);
    const plain = await serveHttp((_request, response) => response.end("plain"));
    const proxy = await serveSocks("user:hu:sh%");
    const all = `socks5://user:hu%3Ash%25@127.0.0.1:${proxy.port}`;
    const options = { cacertsPath: certificates.caPath, proxies: { all } };
    expect((await send(`https://localhost:${secure}/`, {}, options)).body).toBe("secure");
    expect((await send(`http://localhost:${plain}/`, {}, options)).body).toBe("plain");
    expect(proxy.seen).toEqual([`localhost:${secure}`, `localhost:${plain}`]);
  });

  it.each([403, 407])("isn't blamed for the status %i of the registry", async (status) => {
    const port = await serveHttp((_request, response) => response.writeHead(status).end("no"));
    const proxies = { all: `socks5://127.0.0.1:${(await serveSocks()).port}` };
    expect(await send(`http://127.0.0.1:${port}/`, {}, { proxies })).toMatchObject({ status, body: "no" });
  });

  it("checks the certificate behind it", async () => {
    const port = await serveHttps(certificates.selfSigned, answer);
    const proxies = { all: `socks5h://127.0.0.1:${(await serveSocks()).port}` };
    expect(await failureOf(`https://localhost:${port}`, {}, { proxies })).toEqual({
      kind: "tls",
      message: `the certificate of https://localhost:${port} was not accepted: it is self-signed`,
    });
  });

  it("isn't used if HTTPS_PROXY or NO_PROXY says so", async () => {
    const port = await serveHttps(certificates.good, answer);
    const socks = await serveSocks();
    const http = await serveProxy();
    const all = `socks5://127.0.0.1:${socks.port}`;
    const { caPath: cacertsPath } = certificates;
    const url = `https://localhost:${port}/`;
    await send(url, {}, { cacertsPath, proxies: { all, https: `http://127.0.0.1:${http.port}` } });
    await send(url, {}, { cacertsPath, proxies: { all, no: "localhost" } });
    expect([http.seen.length, socks.seen.length]).toEqual([1, 0]);
  });

  it.each([
    ["socks5://user:wrong@", "it does not accept the user name and password of the proxy setting", "proxy"],
    ["socks5://", "it asks for a user name and a password", "proxy"],
  ])("with a password refuses %s", async (setting, reason, kind) => {
    const { port } = await serveSocks("user:hush");
    const proxies = { all: `${setting}127.0.0.1:${port}` };
    const message = `the proxy socks5://127.0.0.1:${port} refused to connect to https://hex.invalid: ${reason}`;
    expect(await failureOf("https://hex.invalid", {}, { proxies })).toEqual({ kind, message });
  });

  it.each([
    ["a long user name", `${"é".repeat(128)}:hush`],
    ["a long password", `user:${"hush".repeat(64)}`],
    ["no password", "hush"],
    ["no user name", ":hush"],
  ])("gets no connection with %s, which SOCKS 5 can't send", async (_, userinfo) => {
    const proxies = { all: `socks5://${userinfo}@127.0.0.1:${await closedPort()}` };
    expect(await failureOf("https://hex.invalid", {}, { proxies })).toEqual({
      kind: "proxy",
      message:
        "SOCKS 5 can't send the user name and password of the proxy setting: each must have 1 to 255 bytes",
    });
  });

  it("gets no connection for an aborted request", async () => {
    const url = `socks5://127.0.0.1:${await closedPort()}`;
    const proxy = { kind: "socks", url, origin: url, hasCredentials: false } as const;
    await expect(
      connectThroughSocks(proxy, new URL("https://hex.invalid"), AbortSignal.abort()),
    ).rejects.toMatchObject({
      kind: "aborted",
      message: "the request to https://hex.invalid was given up",
    });
  });

  it.each([
    ["ends the connection", (socket: Socket) => socket.end(), "it ended the connection"],
    ["resets the connection", (socket: Socket) => socket.resetAndDestroy(), "it ended the connection"],
    [
      "speaks another protocol",
      (socket: Socket) => socket.end("SSH-2.0\r\n"),
      "its answer is not that of a SOCKS 5 proxy",
    ],
  ])("that %s is named", async (_, act, reason) => {
    const port = await serveRaw(act);
    const proxies = { all: `socks5://127.0.0.1:${port}` };
    expect(await failureOf("https://hex.invalid", {}, { proxies })).toEqual({
      kind: "unreachable",
      message: `the proxy socks5://127.0.0.1:${port} refused to connect to https://hex.invalid: ${reason}`,
    });
  });

  it.each([
    [1, "it failed, and gave no reason"],
    [2, "its rules don't allow the connection"],
    [4, "it can't reach the host"],
    [5, "the host refused the connection"],
    [6, "the way to the host is too long"],
  ])("answers %i, and the failure says why", async (reply, reason) => {
    const { port } = await serveSocks(undefined, reply);
    const proxies = { all: `socks5://127.0.0.1:${port}` };
    expect(await failureOf("http://hex.invalid", {}, { proxies })).toEqual({
      kind: "unreachable",
      message: `the proxy socks5://127.0.0.1:${port} refused to connect to http://hex.invalid: ${reason}`,
    });
  });

  it("is named if it doesn't exist, speaks another protocol, is silent or has another scheme", async () => {
    const closed = await closedPort();
    const other = await serveHttp(answer);
    const silent = await serveRaw(() => {});
    const failure = (proxy: string, timeout = 5_000) =>
      failureOf("https://hex.invalid", { timeout }, { proxies: { all: proxy } });
    expect(await failure(`socks5://127.0.0.1:${closed}`)).toEqual({
      kind: "unreachable",
      message: `could not connect to the proxy socks5://127.0.0.1:${closed}: connection refused`,
    });
    expect((await failure(`socks5://127.0.0.1:${other}`)).kind).toBe("unreachable");
    expect(await failure(`socks5://127.0.0.1:${silent}`, 300)).toEqual({
      kind: "timeout",
      message: "no answer from https://hex.invalid within 300 ms",
    });
    expect((await failure("socks4://user:hush@127.0.0.1")).message).toBe(
      "the proxy setting (ALL_PROXY) is not an address that begins with http://, https:// or socks5://",
    );
  });
});
