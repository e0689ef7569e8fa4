import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import type { Credentials } from "@hexuser/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deviceMethod } from "../src/device/device-method.ts";
import { failureOf, makeContext, startTime } from "./auth-context.ts";
import {
  type Answer,
  invalidClient,
  notFound,
  ok,
  revokedToken,
  type StubRegistry,
  startStubRegistry,
  tokens,
} from "./stub-registry.ts";

let server: StubRegistry;
beforeEach(async () => {
  server = await startStubRegistry();
});
afterEach(() => server.close());

const method = deviceMethod();
const old: Extract<Credentials, { kind: "session" }> = {
  kind: "session",
  session: {
    accessToken: "old-access-s3cret",
    refreshToken: "old-refresh-s3cret",
    expiresAt: startTime / 1000,
    scope: "api:read",
    madeAt: 1_795_000_000,
  },
};
const living: Credentials = {
  kind: "session",
  session: { ...old.session, expiresAt: startTime / 1000 + 1800 },
};
const withoutRefresh: Credentials = {
  kind: "session",
  session: { accessToken: "old-access-s3cret", expiresAt: startTime / 1000 },
};

describe("refresh", () => {
  it("returns the new tokens", async () => {
    server.reply("/oauth/token", ok(tokens));
    expect(await method.refresh?.(old, makeContext(server.apiUrl))).toEqual({
      kind: "session",
      session: {
        accessToken: tokens.access_token,
        refreshToken: tokens.refresh_token,
        expiresAt: startTime / 1000 + 1800,
        scope: tokens.scope,
        madeAt: 1_795_000_000,
      },
    });
    expect(server.received[0]?.fields).toEqual({
      grant_type: "refresh_token",
      refresh_token: "old-refresh-s3cret",
      client_id: "78ea6566-89fd-481e-a1d6-7d9d78eacca8",
    });
    expect(server.received[0]?.headers["user-agent"]).toBe("hexuser/0.1.0 (test)");
  });

  it("keeps the scope of the session, whether the registry repeats it or not", async () => {
    const { scope: _, ...untold } = tokens;
    server.reply("/oauth/token", ok(untold), ok({ ...tokens, scope: "api:read" }));
    const ctx = makeContext(server.apiUrl);
    for (let count = 0; count < 2; count += 1)
      expect(await method.refresh?.(old, ctx)).toMatchObject({ session: { scope: "api:read" } });
  });

  it("uses the client that opened the session, and keeps it", async () => {
    server.reply("/oauth/token", ok(tokens));
    const theirs = { kind: "session", session: { ...old.session, clientId: "own-id" } } as const;
    const renewed = await deviceMethod({ clientId: "of this run" }).refresh?.(
      theirs,
      makeContext(server.apiUrl),
    );
    expect(renewed).toMatchObject({ session: { clientId: "own-id" } });
    expect(server.received[0]?.fields.client_id).toBe("own-id");
  });

  it("keeps values that are missing in the answer", async () => {
    server.reply("/oauth/token", ok({ access_token: "new", token_type: "bearer", expires_in: 60.5 }));
    expect(await method.refresh?.(old, makeContext(server.apiUrl))).toMatchObject({
      session: {
        accessToken: "new",
        refreshToken: "old-refresh-s3cret",
        scope: "api:read",
        expiresAt: startTime / 1000 + 60,
      },
    });
  });

  it("reports that the session has ended", async () => {
    server.reply("/oauth/token", revokedToken);
    const ended = {
      code: "authentication_required",
      message: "The session has ended.",
      hint: 'sign in again with {"call":"auth"}.',
      details: { reason: "session_ended" },
    };
    expect(await failureOf(method.refresh?.(old, makeContext(server.apiUrl)))).toEqual(ended);
    expect(await failureOf(method.refresh?.(withoutRefresh, makeContext(server.apiUrl)))).toEqual(ended);
    expect(server.received).toHaveLength(1);
  });

  it.each([
    ["drop", "network_unreachable"],
    [{ status: 500, text: "" }, "registry_unavailable"],
    [{ status: 429, json: {} }, "rate_limited"],
    [{ status: 200, text: "<html>" }, "registry_unavailable"],
    [ok({ access_token: "", token_type: "bearer" }), "registry_unavailable"],
    [invalidClient, "authentication_refused"],
    [notFound, "not_supported"],
  ] as const)("doesn't treat another failure as the end of the session: %j", async (reply, code) => {
    server.reply("/oauth/token", reply);
    expect((await failureOf(method.refresh?.(old, makeContext(server.apiUrl)))).code).toBe(code);
    expect(server.received).toHaveLength(1);
  });

  it("reports a registry that no longer has sessions, and doesn't mention passwords", async () => {
    server.reply("/oauth/token", notFound);
    const { hint } = await failureOf(method.refresh?.(old, makeContext(server.apiUrl)));
    expect(hint).toContain("apiUrl");
    expect(hint).toContain('{"call":"auth"}');
    expect(hint).not.toContain("password");
  });

  it("sends no token without encryption", async () => {
    const ctx = makeContext("http://hex.example/api", { http: () => expect.unreachable("it was sent") });
    expect((await failureOf(method.refresh?.(old, ctx))).details).toMatchObject({ reason: "insecure" });
  });

  it("accepts only sessions", async () => {
    const ctx = makeContext(server.apiUrl);
    await expect(async () =>
      method.refresh?.({ kind: "key", apiKey: "k-s3cret" }, ctx),
    ).rejects.toMatchObject({
      failure: { code: "defect" },
    });
  });
});

describe("revoke", () => {
  const dead: Answer = { status: 401, json: { status: 401, message: "invalid API key" } };
  const me = { path: "/users/me", fields: {} };

  it("ends the session by the hash of its refresh token, any number of times", async () => {
    server.reply("/oauth/revoke_by_hash", { status: 200, text: "" });
    server.reply("/users/me", dead);
    await method.revoke?.(living, makeContext(server.apiUrl));
    await method.revoke?.(living, makeContext(server.apiUrl));
    const hash = createHash("sha256").update("old-refresh-s3cret").digest("hex");
    expect(server.received.map(({ path, fields }) => ({ path, fields }))).toEqual([
      { path: "/oauth/revoke_by_hash", fields: { token_hash: hash } },
      me,
      { path: "/oauth/revoke_by_hash", fields: { token_hash: hash } },
      me,
    ]);
    expect(server.received[0]?.headers["user-agent"]).toBe("hexuser/0.1.0 (test)");
  });

  it("ends the access token of a session without a refresh token", async () => {
    server.reply("/oauth/revoke", { status: 200, text: "" });
    server.reply("/users/me", dead);
    await deviceMethod({ clientId: "own-id" }).revoke?.(withoutRefresh, makeContext(server.apiUrl));
    expect(server.received.map(({ path, fields }) => ({ path, fields }))).toEqual([
      { path: "/oauth/revoke", fields: { token: "old-access-s3cret", client_id: "own-id" } },
      me,
    ]);
  });

  it.each([
    ["drop", "network_unreachable"],
    [{ status: 500, text: "" }, "registry_unavailable"],
    [{ status: 400, json: { message: "Bad request" } }, "registry_refused"],
    [notFound, "not_supported"],
  ] as const)("reports that the session did not end: %j", async (reply, code) => {
    server.reply("/oauth/revoke_by_hash", reply);
    expect((await failureOf(method.revoke?.(old, makeContext(server.apiUrl)))).code).toBe(code);
  });

  it("does not load the OAuth library", async () => {
    const module = new URL("../src/device/device-method.ts", import.meta.url).href;
    const script = `
      const { registerHooks } = await import("node:module");
      registerHooks({ load(url, context, next) {
        if (/openid-client|oauth4webapi/.test(url)) console.log("loaded", url);
        return next(url, context);
      } });
      const { deviceMethod } = await import(${JSON.stringify(module)});
      const refused = { status: 401, headers: {}, body: '{"message":"invalid API key"}' };
      const http = async ({ method }) => (method === "GET" ? refused : { status: 200, headers: {}, body: "" });
      const clock = { now: () => 0 };
      const registry = { apiUrl: "https://hex.example/api", userAgent: "t", timeout: 1000, offline: false };
      const session = { accessToken: "a", refreshToken: "r", expiresAt: 1800 };
      await deviceMethod().revoke({ kind: "session", session }, { registry, http, clock, emit() {} });
      console.log("done");`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--no-warnings", "--input-type=module", "--eval", script],
      { cwd: import.meta.dirname },
    );
    expect(stdout).toBe("done\n");
  });
});
