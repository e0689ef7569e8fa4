import { describe, expect, it } from "vitest";
import { execute } from "../src/index.ts";
import { keyGenerate, keyRevoke } from "../src/operations/index.ts";
import { classic, makeContext, session } from "./test-context.ts";

describe("key.revoke", () => {
  const deleted = (authing = false) => ({ status: 200, json: { name: "x", authing_key: authing } });

  it("takes either a name or all", async () => {
    for (const input of [{}, { name: "a", all: true }]) {
      const outcome = await execute(keyRevoke, input, makeContext({ stored: session }));
      expect(outcome).toMatchObject({ failure: { code: "invalid_input" } });
    }
  });

  it("has the account's name typed for all, and only then", () => {
    expect(keyRevoke.confirm?.({ all: true })).toBe(true);
    expect(keyRevoke.confirm?.({ name: "ci" })).toBe(false);
  });

  it("asks for the local password, and says when it's wrong", async () => {
    const input = { name: "ci" };
    expect(await execute(keyRevoke, input, makeContext({ stored: classic }))).toMatchObject({
      failure: { needs: [{ answer: "localPassword", because: "missing" }] },
    });
    const wrong = await execute(keyRevoke, input, makeContext({ stored: classic }), { localPassword: "no" });
    expect(wrong).toMatchObject({
      failure: { code: "authentication_refused", needs: [{ answer: "localPassword", because: "wrong" }] },
    });
  });

  it.each([".", ".."])("takes %j for no name, since it would be the address of all keys", async (name) => {
    for (const operation of [keyRevoke, keyGenerate]) {
      const input = operation === keyRevoke ? { name } : { keyName: name };
      const outcome = await execute(operation, input, makeContext({ stored: { apiKey: "k" } }));
      expect(outcome).toMatchObject({ failure: { code: "invalid_input" } });
    }
  });

  it("leaves what is kept alone while the environment gives the key", async () => {
    const stored = { ...classic, apiKey: "k", apiKeyFrom: "HEX_API_KEY" };
    const ctx = makeContext({ stored, exchanges: [["DELETE /keys/laptop-api", deleted()]] });
    expect(await execute(keyRevoke, { name: "laptop-api" }, ctx)).toMatchObject({
      output: { forgotten: false },
    });
    expect(ctx.stored()).toEqual(stored);
  });

  it("names a key that isn't there", async () => {
    const ctx = makeContext({
      stored: session,
      exchanges: [
        ["DELETE /keys/ci%0Ada", { status: 404 }],
        ["GET /keys", { status: 200, json: [] }],
      ],
    });
    expect(await execute(keyRevoke, { name: "ci\nda" }, ctx, { otp: "123456" })).toMatchObject({
      failure: { code: "not_found", message: "There is no key “ci\\nda”." },
    });
  });

  it("forgets nothing where nothing can be kept, and says what to unset", async () => {
    const ctx = makeContext({
      stored: { apiKey: "env" },
      exchanges: [["DELETE /keys/ci", { status: 200, json: { name: "ci", authing_key: true } }]],
      backend: {
        readOnly: { why: "nothing can be kept", hint: "unset it" },
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
  ])("forgets %s here, and nothing else", async (_name, name, authing, left) => {
    const ctx = makeContext({ stored: classic, exchanges: [[`DELETE /keys/${name}`, deleted(authing)]] });
    const outcome = await execute(keyRevoke, { name }, ctx, { localPassword: "local" });
    expect(outcome).toEqual({ ok: true, output: { revoked: [name], forgotten: left !== classic } });
    expect(ctx.stored()).toEqual(left);
  });

  it("finds the read key's name where another client made it", async () => {
    const { names, ...keys } = classic.keys ?? {};
    const ctx = makeContext({
      stored: { keys },
      exchanges: [
        ["GET /keys", { status: 200, json: [{ name: "a" }, { name: "b", authing_key: true }] }],
        ["DELETE /keys/b", deleted()],
      ],
    });
    await execute(keyRevoke, { name: "b" }, ctx, { localPassword: "local" });
    expect(ctx.stored()).toEqual({ keys: { write: keys.write, repositories: "repositories-secret" } });
  });

  it("doesn't forget what the environment gave, but says that it's dead", async () => {
    const stored = { apiKey: "k", apiKeyFrom: "HEX_API_KEY" };
    const ctx = makeContext({ stored, exchanges: [["DELETE /keys/ci", deleted(true)]] });
    expect(await execute(keyRevoke, { name: "ci" }, ctx)).toMatchObject({ output: { forgotten: false } });
    expect(ctx.events).toMatchObject([{ type: "warning", message: expect.stringContaining("HEX_API_KEY") }]);
  });

  it("revokes all, and keeps a session", async () => {
    const exchanges = [
      ["GET /keys", { status: 200, json: [{ name: "a" }, { name: "b" }] }],
      ["DELETE /keys", { status: 200, json: { name: "unrelated", authing_key: true } }],
    ] as const;
    const bySession = makeContext({ stored: session, exchanges });
    expect(await execute(keyRevoke, { all: true }, bySession, { otp: "123456" })).toEqual({
      ok: true,
      output: { revoked: ["a", "b"], forgotten: false },
    });
    expect(bySession.stored()).toEqual(session);
    const byKeys = makeContext({ stored: classic, exchanges });
    expect(await execute(keyRevoke, { all: true }, byKeys, { localPassword: "local" })).toMatchObject({
      output: { forgotten: true },
    });
    expect(byKeys.stored()).toBeUndefined();
  });
});
