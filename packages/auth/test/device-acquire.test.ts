import { hash } from "node:crypto";
import { TransportError } from "@hexuser/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deviceMethod } from "../src/device/device-method.ts";
import { failureOf, makeContext, startTime } from "./auth-context.ts";
import {
  deviceCode,
  invalidClient,
  notFound,
  ok,
  refused,
  type StubRegistry,
  startStubRegistry,
  tokens,
} from "./stub-registry.ts";

let server: StubRegistry;
beforeEach(async () => {
  server = await startStubRegistry();
});
afterEach(() => server.close());

const authorization = "/oauth/device_authorization";
const method = deviceMethod();

describe("acquire", () => {
  it("requests a code, shows it, and returns the approved session", async () => {
    server.reply(authorization, ok(deviceCode));
    server.reply("/oauth/token", ok(tokens));
    const ctx = makeContext(server.apiUrl);
    expect(await method.acquire({}, ctx)).toEqual({
      kind: "session",
      session: {
        accessToken: tokens.access_token,
        refreshToken: tokens.refresh_token,
        expiresAt: startTime / 1000 + 5 + 1800,
        scope: tokens.scope,
        madeAt: startTime / 1000 + 5,
      },
    });
    expect(server.received.map(({ path, fields }) => ({ path, fields }))).toEqual([
      {
        path: authorization,
        fields: {
          client_id: "78ea6566-89fd-481e-a1d6-7d9d78eacca8",
          scope: "api repositories",
          name: "laptop",
        },
      },
      {
        path: "/oauth/token",
        fields: {
          client_id: "78ea6566-89fd-481e-a1d6-7d9d78eacca8",
          grant_type: "urn:ietf:params:oauth:grant-type:device_code",
          device_code: deviceCode.device_code,
        },
      },
    ]);
    for (const { headers } of server.received) {
      expect(headers).toMatchObject({ "user-agent": "hexuser/0.1.0 (test)", accept: "application/json" });
    }
    expect(ctx.events).toEqual([
      {
        type: "device_code",
        userCode: "9VSK-SF54",
        verificationUri: "http://127.0.0.1:4045/oauth/device",
        verificationUriComplete: "http://127.0.0.1:4045/oauth/device?user_code=9VSKSF54",
        expiresIn: 600,
      },
      { type: "device_pending", secondsLeft: 600 },
    ]);
  });

  it("uses the given name for the session, or the machine's in 255 characters", async () => {
    server.reply(authorization, notFound);
    await failureOf(method.acquire({ keyName: "ci/1" }, makeContext(server.apiUrl)));
    await failureOf(method.acquire({}, makeContext(server.apiUrl, { hostname: "😀".repeat(300) })));
    await failureOf(method.acquire({}, makeContext(server.apiUrl, { hostname: "" })));
    expect(server.received.map(({ fields }) => fields.name)).toEqual(["ci/1", "😀".repeat(255), undefined]);
  });

  it.each([{ keyName: "" }, { keyName: "n".repeat(256) }, { name: "x" }, undefined])(
    "refuses the input %j before it sends anything",
    async (input) => {
      expect((await failureOf(method.acquire(input, makeContext(server.apiUrl)))).code).toBe("invalid_input");
      expect(server.received).toEqual([]);
    },
  );

  it("ends a session whose tokens can't be stored", async () => {
    server.reply(authorization, ok(deviceCode));
    server.reply("/oauth/token", ok({ ...tokens, access_token: "two words" }));
    server.reply("/oauth/revoke_by_hash", { status: 200, text: "" });
    const ctx = makeContext(server.apiUrl);
    expect(await failureOf(method.acquire({}, ctx))).toMatchObject({ code: "registry_unavailable" });
    expect(server.received.at(-1)).toMatchObject({
      path: "/oauth/revoke_by_hash",
      fields: { token_hash: hash("sha256", tokens.refresh_token) },
    });
    expect(ctx.events.filter(({ type }) => type === "warning")).toEqual([]);
  });

  it("uses another client id", async () => {
    server.reply(authorization, ok(deviceCode));
    server.reply("/oauth/token", ok(tokens));
    const acquired = await deviceMethod({ clientId: "own-id" }).acquire({}, makeContext(server.apiUrl));
    expect(acquired).toMatchObject({ session: { clientId: "own-id" } });
    expect(server.received.map(({ fields }) => fields.client_id)).toEqual(["own-id", "own-id"]);
  });

  it("reads the older content type, and an answer without optional fields", async () => {
    const { verification_uri_complete: _uri, interval: _interval, ...required } = deviceCode;
    const headers = { "content-type": "application/vnd.hex+json; charset=utf-8" };
    server.reply(authorization, { ...ok({ ...required, user_code: "A1-B2" }), headers });
    server.reply("/oauth/token", { ...ok({ access_token: "a", token_type: "Bearer" }), headers });
    const ctx = makeContext(server.apiUrl);
    expect(await method.acquire({}, ctx)).toEqual({
      kind: "session",
      session: { accessToken: "a", expiresAt: startTime / 1000 + 5 + 1800, madeAt: startTime / 1000 + 5 },
    });
    expect(ctx.events[0]).toMatchObject({
      userCode: "A1-B2",
      verificationUriComplete: deviceCode.verification_uri,
    });
    expect(ctx.events.filter(({ type }) => type === "warning")).toEqual([]);
  });

  it("asks for the scope that it is given, and misses nothing else", async () => {
    server.reply(authorization, ok(deviceCode));
    server.reply("/oauth/token", ok({ ...tokens, scope: "api:read" }));
    const ctx = makeContext(server.apiUrl);
    const narrow = await method.acquire({ scope: ["api:read"] }, ctx);
    expect(narrow).toMatchObject({ session: { scope: "api:read" } });
    expect(server.received[0]?.fields.scope).toBe("api:read");
    expect(ctx.events.filter(({ type }) => type === "warning")).toEqual([]);
    expect(await failureOf(method.acquire({ scope: [] }, ctx))).toMatchObject({ code: "invalid_input" });
  });

  it.each([
    ["api:read api:write repository:hexpm", undefined],
    ["api repositories", undefined],
    ["api:read repository:hexpm", "this session can't change anything in your account."],
    ["api:read api:write", "this session can't fetch packages from your organizations."],
    ["repository:hexpm", "this session can't read your account, or change anything in your account."],
  ])("names the unticked permissions: %s", async (scope, expected) => {
    server.reply(authorization, ok(deviceCode));
    server.reply("/oauth/token", ok({ ...tokens, scope }));
    const ctx = makeContext(server.apiUrl);
    await method.acquire({}, ctx);
    const warnings = ctx.events.filter((event) => event.type === "warning");
    expect(warnings.map(({ message }) => message)).toEqual(
      expected === undefined ? [] : [`You allowed less than hexuser asked for: ${expected}`],
    );
    // For an account without two-factor authentication, the page refuses the permission to change something.
    const isAboutChanges = expected?.includes("change anything") === true;
    for (const { hint = [] } of warnings) {
      expect(hint.join(" ").includes("two-factor")).toBe(isAboutChanges);
      expect(hint).toContainEqual({ call: "auth" });
    }
  });
});

describe("a registry without the device flow", () => {
  it.each([notFound, { status: 405, text: "no" }, { status: 501, text: "no" }])(
    "is recognized: %j",
    async (answer) => {
      server.reply(authorization, answer);
      const failure = await failureOf(method.acquire({}, makeContext(server.apiUrl)));
      expect(failure).toMatchObject({ code: "not_supported", details: { method: "password" } });
      expect(failure.hint).toContain('"method":"password"');
    },
  );

  it.each([
    ["unknown client", invalidClient, "authentication_refused", "clientId"],
    [
      "a client id that is none",
      { status: 400, json: { message: "Bad request" } },
      "authentication_refused",
      "clientId",
    ],
    [
      "unknown scope",
      refused(400, "invalid_scope", "Invalid scope"),
      "authentication_refused",
      '"method":"key"',
    ],
    [
      "another refusal",
      refused(400, "x".repeat(5_000), "y".repeat(5_000)),
      "authentication_refused",
      '{"call":"auth"}',
    ],
    ["a page instead", { status: 200, text: "<html>" }, "registry_unavailable", "apiUrl"],
    ["a refusing page", { status: 403, text: "<html>" }, "authentication_refused", "apiUrl"],
    ["no code", ok({}), "registry_unavailable", "apiUrl"],
    ["no object", ok([]), "registry_unavailable", "apiUrl"],
    [
      "an address to open that is none",
      ok({ ...deviceCode, verification_uri: "javascript:alert(1)" }),
      "registry_unavailable",
      "apiUrl",
    ],
    [
      "an error",
      { status: 500, json: { message: "Internal server error" } },
      "registry_unavailable",
      "try again later",
    ],
    [
      "a limit",
      { status: 429, json: { message: "API rate limit exceeded" } },
      "rate_limited",
      "wait a minute",
    ],
    [
      "a redirect",
      { status: 307, text: "", headers: { location: "https://elsewhere.example/s3cret" } },
      "registry_refused",
      "https://elsewhere.example",
    ],
    ["no answer", "drop", "network_unreachable", "try again"],
  ] as const)("%s", async (_what, reply, code, hint) => {
    server.reply(authorization, reply);
    const failure = await failureOf(method.acquire({}, makeContext(server.apiUrl)));
    expect(failure).toMatchObject({ code, hint: expect.stringContaining(hint) });
    expect(server.received).toHaveLength(1);
  });

  it("finds the error in an answer with a challenge", async () => {
    server.reply(authorization, { ...invalidClient, headers: { "www-authenticate": 'Basic realm="hex"' } });
    const { hint } = await failureOf(method.acquire({}, makeContext(server.apiUrl)));
    expect(hint).toContain("clientId");
  });

  it.each([
    ["timeout", "network_timeout", "timeout"],
    ["unreachable", "network_unreachable", "apiUrl"],
    ["tls", "network_unreachable", "HEX_CACERTS_PATH"],
  ] as const)("reports a network failure: %s", async (kind, code, hint) => {
    const ctx = makeContext(server.apiUrl, {
      http: () => Promise.reject(new TransportError(kind, "what happened")),
    });
    expect(await failureOf(method.acquire({}, ctx))).toMatchObject({
      code,
      message: "what happened",
      hint: expect.stringContaining(hint),
    });
  });
});

describe("the connection to the registry", () => {
  const refuseToSend = () => expect.unreachable("something was sent");

  it.each(["http://hex.example/api", "http://10.0.0.1:4000/api", "http://127.0.0.1.example/api"])(
    "isn't used without encryption: %s",
    async (apiUrl) => {
      const failure = await failureOf(method.acquire({}, makeContext(apiUrl, { http: refuseToSend })));
      expect(failure).toMatchObject({ code: "invalid_input", details: { reason: "insecure" } });
      expect(failure.message).toContain(new URL(apiUrl).origin);
    },
  );

  it.each([
    "https://hex.example/api",
    "http://localhost:4000/api",
    "http://[::1]:4000/api",
    "http://127.1.2.3/api",
  ])("is used: %s", async (apiUrl) => {
    const sent: string[] = [];
    const ctx = makeContext(apiUrl, {
      async http({ url }) {
        sent.push(url);
        return { status: 404, headers: {}, body: "" };
      },
    });
    expect((await failureOf(method.acquire({}, ctx))).code).toBe("not_supported");
    expect(sent).toEqual([apiUrl + authorization]);
  });

  it("isn't used offline", async () => {
    const { registry } = makeContext(server.apiUrl);
    const ctx = makeContext(server.apiUrl, { registry: { ...registry, offline: true }, http: refuseToSend });
    expect((await failureOf(method.acquire({}, ctx))).code).toBe("offline");
  });
});
