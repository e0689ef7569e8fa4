import { describe, expect, it } from "vitest";
import { execute, type Failure, fail } from "../src/index.ts";
import { keyGenerate, keyList, keyRevoke } from "../src/operations/index.ts";
import { classic, makeContext, session, unauthorized } from "./test-context.ts";

describe("key.revoke", () => {
  const deleted = (name: string, authing = false) => ({ status: 200, json: { name, authing_key: authing } });
  const me = { status: 200, json: { username: "eric" } };
  const dead = unauthorized("API key revoked");

  it("takes either a name or all", async () => {
    for (const input of [{}, { name: "a", all: true }]) {
      const outcome = await execute(keyRevoke, input, makeContext({ stored: session }));
      expect(outcome).toMatchObject({ failure: { code: "invalid_input" } });
    }
  });

  it("asks for the account's name before it revokes all keys, and only then", () => {
    expect(keyRevoke.confirm?.({ all: true })?.tell({ keys: [] })).toBeUndefined();
    const keys = ["ci", "laptop"].map((name) => ({ name }));
    expect(keyRevoke.confirm?.({ all: true })?.tell({ keys })).toBe("This revokes 2 keys: “ci”, “laptop”.");
    expect(keyRevoke.confirm?.({ name: "ci" })).toBeUndefined();
  });

  it("asks for the local password, and says when it's wrong", async () => {
    const input = { name: "ci" };
    const ctx = makeContext({
      stored: classic,
      exchanges: [["GET /keys", { status: 200, json: [{ name: "ci" }] }]],
    });
    expect(await execute(keyRevoke, input, ctx)).toMatchObject({
      failure: { needs: [{ answer: "localPassword", because: "missing" }] },
    });
    const wrong = await execute(keyRevoke, input, makeContext({ stored: classic }), { localPassword: "no" });
    expect(wrong).toMatchObject({
      failure: { code: "authentication_refused", needs: [{ answer: "localPassword", because: "wrong" }] },
    });
  });

  it.each([".", ".."])("refuses the name %j, which would be the address of all keys", async (name) => {
    for (const operation of [keyRevoke, keyGenerate]) {
      const input = operation === keyRevoke ? { name } : { keyName: name };
      const outcome = await execute(operation, input, makeContext({ stored: { apiKey: "k" } }));
      expect(outcome).toMatchObject({ failure: { code: "invalid_input" } });
    }
  });

  it("leaves stored credentials unchanged if the key comes from the environment", async () => {
    const stored = { ...classic, apiKey: "k", apiKeyFrom: "HEX_API_KEY" };
    const ctx = makeContext({ stored, exchanges: [["DELETE /keys/laptop-api", deleted("laptop-api")]] });
    expect(await execute(keyRevoke, { name: "laptop-api" }, ctx)).toMatchObject({
      output: { forgotten: false },
    });
    expect(ctx.stored()).toEqual(stored);
  });

  it("reports a key that doesn't exist", async () => {
    const ctx = makeContext({
      stored: session,
      exchanges: [
        ["DELETE /keys/ci%0Ada", { status: 404 }],
        ["GET /keys", { status: 200, json: [{ name: "other" }] }],
      ],
    });
    expect(await execute(keyRevoke, { name: "ci\nda" }, ctx, { otp: "123456" })).toMatchObject({
      failure: { code: "not_found", message: "There is no key “ci\\nda”." },
    });
  });

  it("finds out that a key doesn't exist before it asks for an answer, and suggests a similar name", async () => {
    const keys = { status: 200, json: [{ name: "ci-deploy" }, { name: "laptop" }] };
    const demand = unauthorized("two-factor code required", 'Bearer error="totp_required"');
    const asked = ["GET /keys", keys] as const;
    const alive = ["GET /auth?domain=repositories", { status: 204 }] as const;
    for (const [stored, exchanges] of [
      [session, [["DELETE /keys/ci-deplyo", demand], asked]],
      [classic, [asked, asked, alive]],
    ] as const) {
      const ctx = makeContext({ stored, exchanges });
      const { failure } = (await execute(keyRevoke, { name: "ci-deplyo" }, ctx)) as { failure: Failure };
      expect([failure.code, failure.hint?.[0]]).toEqual([
        "not_found",
        expect.stringContaining("“ci-deploy”"),
      ]);
      expect(failure.needs).toBeUndefined();
    }
  });

  it("removes nothing from a read-only backend, and names the variable to unset", async () => {
    const ctx = makeContext({
      stored: { apiKey: "env" },
      exchanges: [["DELETE /keys/ci", { status: 200, json: { name: "ci", authing_key: true } }]],
      backend: {
        readOnly: { why: "nothing can be kept", hint: ["unset it"] },
        location: () => "HEX_API_KEY",
        update: async () => Promise.reject(new Error("nothing can be kept")),
      },
    });
    expect(await execute(keyRevoke, { name: "ci" }, ctx)).toMatchObject({
      output: { revoked: ["ci"], forgotten: false },
    });
    expect(ctx.events).toEqual([
      { type: "warning", message: "The key in HEX_API_KEY is revoked now: unset it." },
    ]);
  });

  it.each([
    [
      "the key that signs",
      "laptop-api",
      true,
      { keys: { read: "read-secret", repositories: "repositories-secret", names: classic.keys?.names } },
    ],
    [
      "the read key",
      "laptop-api-read",
      false,
      {
        keys: { write: classic.keys?.write, repositories: "repositories-secret", names: classic.keys?.names },
      },
    ],
    ["another key", "ci", false, classic],
  ])("removes %s from this machine, and nothing else", async (_name, name, authing, left) => {
    const ctx = makeContext({
      stored: classic,
      exchanges: [[`DELETE /keys/${name}`, deleted(name, authing)]],
    });
    const outcome = await execute(keyRevoke, { name }, ctx, { localPassword: "local" });
    expect(outcome).toEqual({ ok: true, output: { revoked: [name], forgotten: left !== classic } });
    expect(ctx.stored()).toEqual(left);
  });

  it("finds the read key's name if another client created it", async () => {
    const { names, ...keys } = classic.keys ?? {};
    const ctx = makeContext({
      stored: { keys },
      exchanges: [
        ["GET /keys", { status: 200, json: [{ name: "a" }, { name: "b", authing_key: true }] }],
        ["DELETE /keys/b", deleted("b")],
      ],
    });
    await execute(keyRevoke, { name: "b" }, ctx, { localPassword: "local" });
    expect(ctx.stored()).toEqual({ keys: { write: keys.write, repositories: "repositories-secret" } });
  });

  it("leaves a key in the environment, but reports that it's dead", async () => {
    const stored = { apiKey: "k", apiKeyFrom: "HEX_API_KEY" };
    const ctx = makeContext({ stored, exchanges: [["DELETE /keys/ci", deleted("ci", true)]] });
    expect(await execute(keyRevoke, { name: "ci" }, ctx)).toMatchObject({ output: { forgotten: false } });
    expect(ctx.events).toMatchObject([{ type: "warning", message: expect.stringContaining("HEX_API_KEY") }]);
  });

  it("revokes all keys, and keeps a session", async () => {
    const exchanges = [
      ["GET /keys", { status: 200, json: [{ name: "a" }, { name: "b" }] }],
      ["DELETE /keys", { status: 200, json: { name: "unrelated", authing_key: true } }],
    ] as const;
    const none = ["GET /keys", { status: 200, json: [] }] as const;
    const bySession = makeContext({ stored: session, exchanges: [...exchanges, none] });
    expect(await execute(keyRevoke, { all: true }, bySession, { otp: "123456" })).toEqual({
      ok: true,
      output: { revoked: ["a", "b"], forgotten: false },
    });
    expect(bySession.stored()).toEqual(session);
    const byKeys = makeContext({ stored: classic, exchanges: [...exchanges, ["GET /keys", dead]] });
    expect(await execute(keyRevoke, { all: true }, byKeys, { localPassword: "local" })).toMatchObject({
      output: { forgotten: true },
    });
    expect(byKeys.stored()).toBeUndefined();
  });

  it.each([
    ["under its name", classic],
    ["without a name, as mix hex keeps it", { keys: { write: "w", read: "read-secret" } }],
  ])("removes a key that was revoked before: %s", async (_, stored) => {
    const named = stored === classic;
    const write = { status: 200, json: [{ name: "laptop-api", authing_key: true }] };
    const ctx = makeContext({
      stored,
      exchanges: [
        ...(named ? [] : [["GET /keys", dead] as const]),
        ["DELETE /keys/laptop-api-read", { status: 404 }],
        ["GET /keys", write],
        ["GET /keys", dead],
        ...(named
          ? [["GET /auth?domain=repositories", { status: 204 }] as const]
          : [["GET /keys", write] as const]),
      ],
    });
    const outcome = await execute(keyRevoke, { name: "laptop-api-read" }, ctx, { localPassword: "local" });
    expect(outcome).toEqual({ ok: true, output: { revoked: [], forgotten: true } });
    expect(ctx.stored()?.keys).not.toHaveProperty("read");
    expect([ctx.stored()?.keys?.write, ctx.left()]).toEqual([stored.keys?.write, []]);
  });

  it("reports both if it revokes the key but can't remove it from this machine", async () => {
    const ctx = makeContext({
      stored: classic,
      exchanges: [["DELETE /keys/laptop-api-read", deleted("laptop-api-read")]],
      backend: { update: async () => Promise.reject(fail("storage_write_failed", "disk full")) },
    });
    const outcome = await execute(keyRevoke, { name: "laptop-api-read" }, ctx, { localPassword: "local" });
    expect(outcome).toMatchObject({
      failure: {
        code: "storage_write_failed",
        message: expect.stringMatching(
          /Revoked at the registry: laptop-api-read.*still on this machine.*disk full/,
        ),
        details: { revoked: ["laptop-api-read"], forgotten: false },
      },
    });
  });

  it("accepts names of more than 255 characters", async () => {
    const name = "é".repeat(1000);
    const exchanges = [[`DELETE /keys/${encodeURIComponent(name)}`, deleted(name)]] as const;
    const ctx = makeContext({ stored: { apiKey: "k" }, exchanges });
    expect(await execute(keyRevoke, { name }, ctx)).toMatchObject({ output: { revoked: [name] } });
  });

  it("accepts an empty list only from a registry that knows the account", async () => {
    const empty = ["GET /keys", { status: 200, json: [] }] as const;
    const ctx = makeContext({ stored: session, exchanges: [empty, ["GET /users/me", me]] });
    expect(await execute(keyList, {}, ctx)).toMatchObject({ output: { keys: [] } });
    const page = ["GET /users/me", { status: 200, json: [] }] as const;
    const other = makeContext({ stored: session, exchanges: [empty, page] });
    expect(await execute(keyList, {}, other)).toMatchObject({
      failure: { details: { reason: "not_a_registry" } },
    });
  });
});
