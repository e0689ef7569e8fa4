import { describe, expect, it } from "vitest";
import { execute, TransportError } from "../src/index.ts";
import { whoami } from "../src/operations/index.ts";
import { type Exchange, makeContext, now, session, unauthorized } from "./test-context.ts";

const me = { status: 200, json: { username: "eric" } };

async function run(exchanges: readonly Exchange[], context = {}) {
  const ctx = makeContext({ stored: { apiKey: "key-secret" }, exchanges, context });
  const outcome = await execute(whoami, {}, ctx);
  expect(ctx.left()).toEqual([]);
  return { outcome, ctx };
}

describe("a repeated request", () => {
  const dropped = new TransportError("dropped", "https://registry.test hung up");
  it.each([
    ["a dropped connection", dropped],
    ["a 502", { status: 502, text: "<html>" }],
    ["a 503", { status: 503 }],
    ["a 504", { status: 504 }],
  ])("repeats a GET twice after %s", async (_name, fault) => {
    const { outcome, ctx } = await run([
      ["GET /users/me", fault],
      ["GET /users/me", fault],
      ["GET /users/me", me],
    ]);
    expect(outcome).toMatchObject({ ok: true, output: { username: "eric" } });
    expect(ctx.sleeps).toHaveLength(2);
    expect(ctx.sleeps[1]).toBeGreaterThan(ctx.sleeps[0] ?? 0);
  });

  it("gives up after the second repetition", async () => {
    const { outcome } = await run([
      ["GET /users/me", dropped],
      ["GET /users/me", dropped],
      ["GET /users/me", dropped],
    ]);
    expect(outcome).toMatchObject({ failure: { code: "network_unreachable", message: dropped.message } });
  });

  it.each(["unreachable", "timeout", "tls", "too_large"] as const)(
    "doesn't repeat after %s",
    async (kind) => {
      const { outcome } = await run([["GET /users/me", new TransportError(kind, "no answer")]]);
      expect(outcome).toMatchObject({
        failure: {
          code: kind === "timeout" ? "network_timeout" : "network_unreachable",
          message: "no answer",
        },
      });
    },
  );
});

describe("rate limits", () => {
  const limited = (remaining: string, seconds: number) => ({
    status: 429,
    json: { message: "API rate limit exceeded" },
    headers: { "x-ratelimit-remaining": remaining, "x-ratelimit-reset": String(now / 1000 + seconds) },
  });

  it("waits once until the limit ends, and says so", async () => {
    const { outcome, ctx } = await run([
      ["GET /users/me", limited("0", 20)],
      ["GET /users/me", me],
    ]);
    expect(outcome.ok).toBe(true);
    expect(ctx.sleeps).toEqual([20_000]);
    expect(ctx.events).toEqual([
      { type: "retry", why: "The registry's rate limit is reached.", seconds: 20 },
    ]);
  });

  it("waits exactly as long as Retry-After says, in seconds or as a date by the registry's clock", async () => {
    const headers = { date: new Date(now - 3_600_000).toUTCString() };
    for (const [status, retryAfter] of [
      [429, "7"],
      [503, new Date(now - 3_600_000 + 7000).toUTCString()],
    ] as const) {
      const { outcome, ctx } = await run([
        ["GET /users/me", { status, headers: { ...headers, "retry-after": retryAfter } }],
        ["GET /users/me", me],
      ]);
      expect(outcome.ok).toBe(true);
      expect(ctx.sleeps).toEqual([7000]);
      const short = { ...ctx.registry, maxWait: 6000 };
      const left = await run([["GET /users/me", { status, headers: { "retry-after": "7" } }]], {
        registry: short,
      });
      expect(left.outcome.ok).toBe(false);
      expect(left.ctx.sleeps).toEqual([]);
      expect(left.ctx.events).toMatchObject([{ hint: expect.arrayContaining([{ option: "maxWait" }]) }]);
    }
  });

  it.each([
    ["a limit that lasts longer than a minute", limited("0", 600)],
    ["too many wrong codes, which tells of requests left", limited("498", 20)],
    ["no header at all", { status: 429, json: { message: "no" } }],
  ])("doesn't wait for %s", async (_name, reply) => {
    const { outcome, ctx } = await run([["GET /users/me", reply]]);
    expect(outcome).toMatchObject({ failure: { code: "rate_limited" } });
    expect(ctx.sleeps).toEqual([]);
  });
});

describe("redirects", () => {
  const to = (location: string, status = 302) => ({ status, headers: { location } });

  it("carries the credential only to the same origin", async () => {
    const { ctx } = await run([
      ["GET /users/me", to("/elsewhere")],
      ["GET https://registry.test/elsewhere", to("https://other.test/me")],
      ["GET https://other.test/me", me],
    ]);
    expect(ctx.requests.map(({ headers }) => headers.authorization)).toEqual([
      "key-secret",
      "key-secret",
      undefined,
    ]);
  });

  it("carries no credential once a redirect has left the origin, not even back", async () => {
    const { ctx } = await run([
      ["GET /users/me", to("https://other.test/me")],
      ["GET https://other.test/me", to("https://registry.test/api/chosen")],
      ["GET /chosen", me],
    ]);
    expect(ctx.requests.map(({ headers }) => headers.authorization)).toEqual([
      "key-secret",
      undefined,
      undefined,
    ]);
  });

  it.each([
    ["to http", to("http://registry.test/api/users/me")],
    ["to this machine", to("https://127.0.0.1:9/api")],
    ["to no web address", to("file:///etc/passwd")],
    ["to nonsense", to("https://")],
  ])("doesn't follow one %s", async (_name, reply) => {
    const { outcome } = await run([["GET /users/me", reply]]);
    expect(outcome).toMatchObject({ failure: { code: "registry_refused" } });
  });

  it("follows at most three", async () => {
    const { outcome } = await run([
      ["GET /users/me", to("/1")],
      ["GET https://registry.test/1", to("/2")],
      ["GET https://registry.test/2", to("/3")],
      ["GET https://registry.test/3", to("/4")],
    ]);
    expect(outcome).toMatchObject({ failure: { code: "registry_refused" } });
  });
});

describe("answers", () => {
  it.each([
    [
      unauthorized("invalid API key"),
      "authentication_refused",
      "The key in the test's memory is not valid at this registry.",
    ],
    [
      unauthorized("API key revoked"),
      "authentication_refused",
      "The key in the test's memory was revoked or has expired.",
    ],
    [{ status: 403, json: { message: "email not verified" } }, "authentication_refused", "not confirmed"],
    [{ status: 500, text: "<h1>oops</h1>" }, "registry_unavailable", "internal error (500)"],
    [{ status: 400, json: { message: "nope" } }, "registry_refused", "nope"],
    [{ status: 418, text: "{" }, "registry_refused", "(418)"],
    [
      { status: 200, text: "<html>hello" },
      "registry_unavailable",
      "isn't the answer of a Hex registry (200)",
    ],
    [
      { status: 200, json: { username: 1 } },
      "registry_unavailable",
      "isn't the answer of a Hex registry (200)",
    ],
    [
      { status: 202, json: { username: "eric" } },
      "registry_unavailable",
      "isn't the answer of a Hex registry (202)",
    ],
    [{ status: 400, json: { message: "Bad request" } }, "authentication_refused", "deactivated"],
    [{ status: 406, text: "<html>" }, "registry_unavailable", "(406)"],
  ])("%j is %s", async (reply, code, message) => {
    const { outcome } = await run([["GET /users/me", reply]]);
    expect(outcome).toMatchObject({
      ok: false,
      failure: { code, message: expect.stringContaining(message) },
    });
    expect(JSON.stringify(outcome)).not.toContain("key-secret");
  });

  it("shows the registry's message", async () => {
    const { ctx } = await run([
      ["GET /users/me", { ...me, headers: { "x-hex-message": '"update \\"now\\""; level=fatal' } }],
    ]);
    expect(ctx.events).toEqual([{ type: "registry_message", level: "fatal", text: 'update "now"' }]);
  });

  it("uses no network if the person asked for that", async () => {
    const { outcome } = await run([], {
      registry: { apiUrl: "https://registry.test/api", userAgent: "x", timeout: 1, offline: true },
    });
    expect(outcome).toMatchObject({ failure: { code: "offline" } });
  });

  it("ends as interrupted when the signal is aborted", async () => {
    const { outcome } = await run([], { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ failure: { code: "interrupted" } });
  });

  it("signs with the session's token", async () => {
    const ctx = makeContext({ stored: session, exchanges: [["GET /users/me", me]] });
    expect(await execute(whoami, {}, ctx)).toMatchObject({
      output: { credential: { kind: "session", expiresAt: "2026-11-24T12:30:00.000Z" } },
    });
    expect(ctx.requests[0]?.headers.authorization).toBe("Bearer access-1");
  });

  it("tells the time of the sign-in if the backend has it", async () => {
    const [madeAt, expiresAt] = [now / 1000 - 86_400, Number.MAX_SAFE_INTEGER];
    const stored = { session: { accessToken: "access-1", expiresAt, madeAt } };
    const ctx = makeContext({ stored, exchanges: [["GET /users/me", me]] });
    expect(await execute(whoami, {}, ctx)).toMatchObject({
      output: { credential: { madeAt: "2026-11-23T12:00:00.000Z", expiresAt: null } },
    });
  });
});
