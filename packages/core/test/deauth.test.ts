import { describe, expect, it } from "vitest";
import { type Credentials, execute, fail, TransportError } from "../src/index.ts";
import { deauth } from "../src/operations/index.ts";
import { classic, makeContext, makeSessionMethod, session, unauthorized } from "./test-context.ts";

describe("deauth", () => {
  it("ends the session, then removes it", async () => {
    const ended: Credentials[] = [];
    const device = makeSessionMethod({
      revoke: async (credentials) => void ended.push(credentials),
    });
    const ctx = makeContext({ stored: session, methods: [device] });
    expect(await execute(deauth, {}, ctx)).toMatchObject({ output: { forgotten: true, sessionEnded: true } });
    expect(ended).toHaveLength(1);
    expect(ctx.stored()).toBeUndefined();
  });

  it("tells that the keys of organizations go with it", async () => {
    const device = makeSessionMethod({ revoke: async () => {} });
    const lists = [["acme", "beta"], ["beta"]];
    const organizationKeys = {
      list: async () => lists.shift() ?? [],
      store: async () => ({ sentElsewhere: false }),
      remove: async () => false,
    };
    const ctx = makeContext({ stored: session, methods: [device], backend: { organizationKeys } });
    expect(await execute(deauth, {}, ctx)).toMatchObject({ ok: true });
    expect(ctx.events).toMatchObject([
      {
        type: "notice",
        message: expect.stringContaining("removed from this machine as well: acme. The registry"),
      },
    ]);
  });

  it("removes a session that it could not end, and reports it", async () => {
    const broken = makeSessionMethod({
      revoke: async () => Promise.reject(fail("network_unreachable", "no network.")),
    });
    const ctx = makeContext({ stored: session, methods: [broken] });
    expect(await execute(deauth, {}, ctx)).toMatchObject({
      failure: { message: expect.stringContaining("the session (no network)"), details: { forgotten: true } },
    });
    expect(ctx.stored()).toBeUndefined();
  });

  it("removes keys if nobody answers, and fails in the same way as for a session", async () => {
    const gone = new TransportError("unreachable", "could not connect");
    const ctx = makeContext({ stored: classic, exchanges: [["GET /keys", gone]] });
    expect(await execute(deauth, {}, ctx, { localPassword: "local" })).toMatchObject({
      failure: {
        code: "network_unreachable",
        message: expect.stringContaining("“laptop-api”"),
        details: {
          forgotten: true,
          revoked: [],
          sessionEnded: false,
          alive: [
            "the key “laptop-repositories” (could not connect)",
            "the key “laptop-api-read” (could not connect)",
            "the key “laptop-api” (could not connect)",
          ],
        },
      },
    });
    expect([ctx.stored(), ctx.left()]).toEqual([undefined, []]);
  });

  const own = (name: string) => ({ status: 200, json: [{ name, authing_key: true }] });
  const lookups = [
    ["GET /keys", own("laptop-api-read")],
    ["GET /auth?domain=repositories", { status: 204 }],
    ["GET /keys", own("laptop-api")],
  ] as const;

  it.each([
    ["finds out whose the keys are", [], "GET /keys"],
    ["revokes one", lookups, "DELETE /keys/laptop-repositories"],
  ] as const)("removes nothing if it's interrupted while it %s", async (_, before, request) => {
    const given = new AbortController();
    const stop = () => {
      given.abort();
      throw new TransportError("aborted", "given up");
    };
    const exchanges = [...before, [request, stop] as const];
    const ctx = makeContext({ stored: classic, exchanges, context: { signal: given.signal } });
    const outcome = await execute(deauth, {}, ctx, { localPassword: "local" });
    expect(outcome).toMatchObject({ failure: { code: "interrupted" } });
    const isChange = request.startsWith("DELETE");
    expect(JSON.stringify(outcome).includes("mayHaveHappened")).toBe(isChange);
    expect([ctx.stored(), ctx.left()]).toEqual([classic, []]);
  });

  it("works with a forgotten local password, and names the keys that are still valid", async () => {
    const asked = makeContext({ stored: classic });
    expect(await execute(deauth, {}, asked)).toMatchObject({
      failure: { needs: [{ answer: "localPassword", optional: true }] },
    });
    expect(asked.stored()).toEqual(classic);
    const exchanges = [own("laptop-api-read"), { status: 204 }] as const;
    const ctx = makeContext({
      stored: classic,
      exchanges: [
        ["GET /keys", exchanges[0]],
        ["GET /auth?domain=repositories", exchanges[1]],
      ],
    });
    expect(await execute(deauth, {}, ctx, { localPassword: null })).toMatchObject({
      output: {
        forgotten: true,
        revoked: [],
        alive: [expect.any(String), expect.any(String), expect.any(String)],
      },
    });
    expect(ctx.stored()).toBeUndefined();
  });

  it("changes nothing at the registry with keepRemote", async () => {
    const ctx = makeContext({ stored: { ...session, ...classic } });
    expect(await execute(deauth, { keepRemote: true }, ctx)).toMatchObject({ ok: true });
    expect(ctx.stored()).toBeUndefined();
  });

  it("removes a key that the person gave, without revoking it", async () => {
    const ctx = makeContext({ stored: { apiKey: "mine" } });
    expect(await execute(deauth, {}, ctx)).toMatchObject({ output: { forgotten: true, revoked: [] } });
    expect(ctx.stored()).toBeUndefined();
  });

  it("doesn't revoke a repositories key that came with a key that the person gave", async () => {
    const ctx = makeContext({ stored: { apiKey: "mine", keys: { repositories: "mine, too" } } });
    expect(await execute(deauth, {}, ctx)).toMatchObject({ output: { forgotten: true, alive: [] } });
  });

  it("says that the credential in the environment is still used", async () => {
    const ctx = makeContext({
      backend: { read: async () => ({ apiKey: "env", apiKeyFrom: "HEX_API_KEY" }) },
    });
    expect(await execute(deauth, {}, ctx)).toMatchObject({ output: { forgotten: false } });
    expect(ctx.events).toContainEqual(expect.objectContaining({ type: "warning" }));
  });

  it("removes a key that the environment's key hides", async () => {
    const ctx = makeContext({
      stored: { apiKey: "mine" },
      backend: { read: async () => ({ apiKey: "env", apiKeyFrom: "HEX_API_KEY" }) },
    });
    expect(await execute(deauth, {}, ctx)).toMatchObject({ output: { forgotten: true } });
    expect(ctx.stored()).toBeUndefined();
    expect(ctx.events.map(({ type }) => type)).toEqual(["notice", "warning"]);
  });

  it("doesn't call keys valid if the registry refuses their secrets", async () => {
    const dead = unauthorized("API key revoked");
    const refused = [
      ["GET /keys", dead],
      ["GET /auth?domain=repositories", dead],
    ] as const;
    const ctx = makeContext({ stored: classic, exchanges: refused });
    expect(await execute(deauth, {}, ctx, { localPassword: null })).toMatchObject({
      output: { alive: [expect.stringMatching(/^the key “laptop-api” \(unless it was revoked elsewhere/)] },
    });
    const opened = makeContext({ stored: classic, exchanges: [...refused, ["GET /keys", dead]] });
    expect(await execute(deauth, {}, opened, { localPassword: "local" })).toMatchObject({
      output: { alive: [], forgotten: true },
    });
  });

  it("doesn't blame the network if the registry doesn't name a key", async () => {
    const { names, ...keys } = classic.keys ?? {};
    const revoked = (name: string) => ({ status: 200, json: { name } });
    const ctx = makeContext({
      stored: { keys },
      exchanges: [
        ...lookups,
        ["DELETE /keys/laptop-api-read", revoked("laptop-api-read")],
        ["DELETE /keys/laptop-api", revoked("laptop-api")],
      ],
    });
    expect(await execute(deauth, {}, ctx, { localPassword: "local" })).toMatchObject({
      failure: { code: "not_supported", details: { alive: [expect.stringContaining("repositories key")] } },
    });
    expect(ctx.stored()).toBeUndefined();
  });

  it("reports what it ended if it can't remove the credentials", async () => {
    const device = makeSessionMethod({
      revoke: async () => {},
    });
    const ctx = makeContext({
      stored: session,
      methods: [device],
      backend: { update: async () => Promise.reject(fail("storage_write_failed", "disk full")) },
    });
    expect(await execute(deauth, {}, ctx)).toMatchObject({
      failure: {
        code: "storage_write_failed",
        message: expect.stringMatching(/session was ended.*still on this machine: disk full/),
        details: { sessionEnded: true, forgotten: false },
      },
    });
  });
});
