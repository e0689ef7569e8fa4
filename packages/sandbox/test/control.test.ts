import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../src/start-sandbox.ts";
import { sendRequest } from "./send-request.ts";

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await startSandbox();
});

afterEach(() => sandbox.close());

const control = (method: string, path: string, body?: object) =>
  sendRequest(method, `${sandbox.url}/sandbox/${path}`, {}, body);
const api = (path: string, authorization?: string) =>
  sendRequest("GET", sandbox.apiUrl + path, authorization ? { authorization } : {});

describe("accounts", () => {
  it("can be created, read and changed", async () => {
    const made = await control("POST", "users", { username: "alice", twoFactor: true });
    expect(made.status).toBe(201);
    expect(made.json).toEqual({
      username: "alice",
      email: "alice@example.com",
      password: "hunter42x",
      confirmed: true,
      active: true,
      totpSecret: expect.stringMatching(/^[A-Z2-7]{32}$/),
    });
    const changed = await control("PATCH", "users/alice", { twoFactor: false, confirmed: false });
    expect(changed.json).toMatchObject({ totpSecret: null, confirmed: false });
    expect((await control("GET", "users/alice")).json).toEqual(changed.json);
    expect((await control("POST", "users", { username: "alice" })).status).toBe(409);
    expect((await control("GET", "users/nobody")).status).toBe(404);
    expect((await control("GET", "users/alice/totp")).status).toBe(409);
  });

  it("have keys and codes, and can be deactivated", async () => {
    await control("POST", "users", { username: "alice", twoFactor: true });
    expect((await control("GET", "users/alice/totp?step=1")).json.code).toMatch(/^\d{6}$/);
    const wanted = { username: "alice", name: "laptop", permissions: [{ domain: "api", resource: "read" }] };
    const { secret, name } = (await control("POST", "keys", wanted)).json;
    expect(name).toBe("laptop");
    expect((await control("POST", "keys", wanted)).json.name).toBe("laptop-2");
    expect((await api("/users/me", secret)).status).toBe(200);
    await control("POST", "users/alice/deactivate");
    expect((await api("/users/me", secret)).status).toBe(400);
  });

  it("join organizations, and own packages", async () => {
    await control("POST", "users", { username: "alice" });
    await control("POST", "users", { username: "bob" });
    expect((await control("POST", "organizations", { name: "acme", owner: "alice" })).status).toBe(201);
    await control("PUT", "organizations/acme/members/bob", { role: "write" });
    const { secret } = (await control("POST", "keys", { username: "bob", name: "b" })).json;
    expect((await api("/users/me", secret)).json.organizations).toEqual([{ name: "acme", role: "write" }]);
    expect((await control("PUT", "organizations/acme/members/bob", { role: "boss" })).status).toBe(422);
    const members = [{ username: "alice", role: "write" }, { username: "bob" }];
    expect((await control("POST", "organizations", { name: "beta", members })).status).toBe(201);
    expect((await control("GET", "organizations/beta")).json.members[1]).toEqual({
      username: "bob",
      role: "read",
    });
    const entries = { organization: "beta", action: "release.publish", count: 150 };
    expect((await control("POST", "audit-logs", entries)).json).toEqual({ count: 150 });
    const pages = await Promise.all([1, 2].map((page) => api(`/orgs/beta/audit-logs?page=${page}`, secret)));
    expect(pages.map(({ json }) => json.length)).toEqual([100, 53]);
    const { secret: reader } = (await control("POST", "keys", { username: "alice", name: "a" })).json;
    await control("POST", "packages", { name: "plug", owner: "alice" });
    const headers = { authorization: reader };
    const permissions = [{ domain: "package", resource: "plug" }];
    const key = await sendRequest("POST", `${sandbox.apiUrl}/keys`, headers, { name: "p", permissions });
    expect(key.json.permissions).toEqual([{ domain: "package", resource: "hexpm/plug" }]);
    await control("POST", "packages", { name: "secret", repository: "beta", owner: "alice" });
    expect((await api("/users/me", reader)).json.packages).toMatchObject([
      { name: "plug", repository: "hexpm" },
      { name: "secret", repository: "beta", url: `${sandbox.apiUrl}/repos/beta/packages/secret` },
    ]);
    expect((await api("/users/alice", secret)).json.packages).toHaveLength(1);
    await control("PATCH", "organizations/acme", { billingActive: false });
    expect((await api("/orgs/acme", reader)).json.billing_active).toBe(false);
  });
});

describe("device codes", () => {
  it("are approved with chosen scopes, denied and expired", async () => {
    await control("POST", "users", { username: "alice" });
    const body = { client_id: "78ea6566-89fd-481e-a1d6-7d9d78eacca8", scope: "api", name: "laptop" };
    const ask = async () =>
      (await sendRequest("POST", `${sandbox.apiUrl}/oauth/device_authorization`, {}, body)).json;
    const { user_code: code } = await ask();
    expect((await control("GET", `devices/${code}`)).json).toEqual({
      userCode: code,
      status: "pending",
      scope: "api",
      name: "laptop",
    });
    const tooMuch = { username: "alice", scopes: ["repository:acme"] };
    expect((await control("POST", `devices/${code}/approve`, tooMuch)).status).toBe(422);
    const approved = await control("POST", `devices/${code}/approve`, {
      username: "alice",
      scopes: ["api:read"],
    });
    expect(approved.json.status).toBe("authorized");
    expect((await control("POST", `devices/${code}/approve`, { username: "alice" })).status).toBe(409);
    expect((await control("POST", `devices/${(await ask()).user_code}/deny`)).json.status).toBe("denied");
    expect((await control("POST", `devices/${(await ask()).user_code}/expire`)).json.status).toBe("expired");
    expect((await control("GET", "devices/NOPE")).status).toBe(404);
  });
});

describe("faults", () => {
  it("replace the server's answer for the given number of requests", async () => {
    const fault = { method: "get", path: "/api/us*", times: 2, status: 503, body: { message: "Busy" } };
    expect((await control("POST", "faults", fault)).status).toBe(201);
    expect((await api("/users/nobody")).status).toBe(503);
    expect((await api("/packages")).status).toBe(200);
    expect((await api("/users/nobody")).json).toEqual({ message: "Busy" });
    expect((await api("/users/nobody")).status).toBe(404);
  });

  it("add headers, wait, and redirect", async () => {
    const message = { "x-hex-message": '"upgrade"; level=warn' };
    await control("POST", "faults", { headers: message, delayMs: 50 });
    const before = performance.now();
    const answer = await api("");
    expect([answer.status, answer.headers["x-hex-message"]]).toEqual([200, message["x-hex-message"]]);
    expect(performance.now() - before).toBeGreaterThan(45);
    await control("POST", "faults", { status: 302, headers: { location: "https://elsewhere.example/" } });
    expect((await api("")).headers.location).toBe("https://elsewhere.example/");
  });

  it.each(["before", "after"] as const)("drop the connection %s the request is handled", async (drop) => {
    await control("POST", "users", { username: "alice" });
    const { secret } = (await control("POST", "keys", { username: "alice", name: "a" })).json;
    await control("POST", "faults", { method: "POST", path: "/api/keys", drop });
    const headers = { authorization: secret };
    await expect(sendRequest("POST", `${sandbox.apiUrl}/keys`, headers, { name: "b" })).rejects.toThrow();
    expect((await api("/keys", secret)).json).toHaveLength(drop === "before" ? 1 : 2);
    expect(sandbox.control.requests().requests[0]).toMatchObject({ path: "/api/keys", status: 0 });
  });

  it("can be listed and cleared, and are checked", async () => {
    await control("POST", "faults", { status: 500, times: 9 });
    expect((await control("GET", "faults")).json).toEqual([{ status: 500, times: 9 }]);
    await control("DELETE", "faults");
    expect((await api("")).status).toBe(200);
    expect((await control("POST", "faults", { stauts: 500 })).status).toBe(422);
  });
});

describe("the rest", () => {
  it("logs requests without their secrets", async () => {
    await control("POST", "users", { username: "alice" });
    const { secret } = (await control("POST", "keys", { username: "alice", name: "a" })).json;
    await api("/users/me", secret);
    await api("/users/me", `Bearer ${secret}`);
    await api("/users/me", "Basic bm9wZTpub3Bl");
    await api("/auth?domain=api&key=verysecret");
    const { text, json } = await control("GET", "requests");
    expect(
      json.requests.map((one: Record<string, unknown>) => [one.path, one.status, one.authorization]),
    ).toEqual([
      ["/api/users/me", 200, "key"],
      ["/api/users/me", 401, "bearer"],
      ["/api/users/me", 401, "basic"],
      ["/api/auth", 401, "none"],
    ]);
    expect(json.counts).toEqual({ "GET /api/users/me": 3, "GET /api/auth": 1 });
    expect(json.requests[0]).toMatchObject({ method: "GET", userAgent: "sandbox-test", otp: false });
    expect(text).not.toContain(secret);
    expect(text).not.toContain("verysecret");
    await control("DELETE", "requests");
    expect((await control("GET", "requests")).json.requests).toEqual([]);
  });

  it("moves the clock, so that keys end", async () => {
    await control("POST", "users", { username: "alice" });
    const { secret } = (await control("POST", "keys", { username: "alice", name: "a" })).json;
    const soon = { name: "b", revoke_at: new Date(Date.now() + 3600_000).toISOString() };
    const key = await sendRequest("POST", `${sandbox.apiUrl}/keys`, { authorization: secret }, soon);
    expect((await api("/users/me", key.json.secret)).status).toBe(200);
    expect((await control("POST", "clock", { advance: 3601 })).json.offset).toBe(3601);
    expect((await api("/users/me", key.json.secret)).json.message).toBe("API key revoked");
    expect((await control("POST", "clock", { advance: "x" })).status).toBe(422);
  });

  it("changes settings, and resets everything", async () => {
    await control("POST", "users", { username: "alice" });
    await control("PATCH", "settings", { addressRateLimit: 1, limitLoopback: true });
    expect((await api("/users/nobody")).headers["x-ratelimit-remaining"]).toBe("0");
    expect((await api("/users/nobody")).status).toBe(429);
    expect((await control("PATCH", "settings", { adressRateLimit: 1 })).status).toBe(422);
    expect((await control("PATCH", "settings", { limitLoopback: 1 })).status).toBe(422);
    expect((await control("POST", "reset")).status).toBe(204);
    expect((await control("GET", "settings")).json).toMatchObject({
      addressRateLimit: 100,
      limitLoopback: false,
    });
    expect((await control("GET", "users/alice")).status).toBe(404);
  });

  it("explains mistakes in a call", async () => {
    expect((await control("GET", "nope")).json.message).toContain("unknown control operation");
    expect((await sendRequest("POST", `${sandbox.url}/sandbox/users`, {}, "{")).status).toBe(422);
    expect((await sendRequest("POST", `${sandbox.url}/sandbox/users`, {}, "[]")).json.message).toContain(
      "JSON object",
    );
  });
});
