import { describe, expect, it } from "vitest";
import { execute, TransportError } from "../src/index.ts";
import { keyGenerate, keyList, keyRevoke } from "../src/operations/index.ts";
import { classic, makeContext, now, session, unauthorized } from "./test-context.ts";

const made = (more = {}) => ({
  status: 201,
  json: {
    name: "laptop",
    secret: "new-secret",
    permissions: [{ domain: "api", resource: "write" }],
    ...more,
  },
});
const me = { status: 200, json: { username: "eric" } };
const basicOff = unauthorized(
  "Basic authentication is disabled. Update your client to use OAuth or an API key.",
);

describe("a registry that has no keys", () => {
  it.each([
    [keyList, {}, [["GET /keys", { status: 404 }]]],
    [keyGenerate, {}, [["POST /keys", { status: 404 }]]],
    [keyRevoke, { all: true }, [["GET /keys", { status: 404 }]]],
    [
      keyRevoke,
      { name: "ci" },
      [
        ["DELETE /keys/ci", { status: 404 }],
        ["GET /keys", { status: 404 }],
      ],
    ],
  ] as const)("is told apart from one without that key: $id", async (operation, input, exchanges) => {
    const ctx = makeContext({ stored: { apiKey: "k" }, exchanges });
    expect(await execute(operation, input, ctx)).toMatchObject({
      failure: { code: "not_supported", hint: expect.stringContaining("--api-url") },
    });
    expect(ctx.left()).toEqual([]);
  });
});

describe("a change that gets no answer", () => {
  const late = new TransportError("timeout", "no answer from https://registry.test within 1 s");
  const dropped = new TransportError("dropped", "the connection ended");

  it.each([
    ["a key that is made, by a timeout", keyGenerate, {}, "POST /keys", late],
    ["a key that is made, by a dropped connection", keyGenerate, {}, "POST /keys", dropped],
    ["a key that is made, by an error of the registry", keyGenerate, {}, "POST /keys", { status: 502 }],
    [
      "a key that is made, by an answer that is none",
      keyGenerate,
      {},
      "POST /keys",
      { status: 200, text: "<p>" },
    ],
    ["a key that is revoked", keyRevoke, { name: "ci" }, "DELETE /keys/ci", dropped],
  ] as const)("may have happened: %s", async (_, operation, input, request, reply) => {
    const ctx = makeContext({ stored: { apiKey: "k" }, exchanges: [[request, reply]] });
    expect(await execute(operation, input, ctx)).toMatchObject({
      failure: {
        details: { mayHaveHappened: true },
        hint: expect.stringContaining("`hexuser key list`"),
      },
    });
    expect(ctx.left()).toEqual([]);
  });

  it.each([
    ["nothing was sent", new TransportError("unreachable", "refused")],
    ["the connection was still being made", new TransportError("timeout", "late", { wasSent: false })],
    ["the registry refused it", { status: 422, json: { errors: {} } }],
  ])("has not happened where %s", async (_, reply) => {
    const ctx = makeContext({ stored: { apiKey: "k" }, exchanges: [["POST /keys", reply]] });
    const outcome = await execute(keyGenerate, {}, ctx);
    expect(outcome).toMatchObject({ ok: false });
    expect(outcome).not.toHaveProperty("failure.details.mayHaveHappened");
  });
});

describe("key.generate", () => {
  it.each([
    ["is somebody else", "joe", { username: "eric", email: "e@x.org" }, "invalid_input"],
    ["is the account", "Eric", { username: "eric", email: "e@x.org" }, undefined],
    ["is the account's email", "e@x.org", { username: "eric", email: "E@x.org" }, undefined],
  ])("looks whether the --username of a signed-in session %s", async (_, username, json, code) => {
    const ctx = makeContext({
      stored: session,
      exchanges: [
        ["GET /users/me", { status: 200, json }],
        ...(code === undefined ? ([["POST /keys", made()]] as const) : []),
      ],
    });
    const outcome = await execute(keyGenerate, { username }, ctx, { otp: "123456" });
    expect(outcome).toMatchObject(code === undefined ? { ok: true } : { failure: { code } });
    expect(ctx.left()).toEqual([]);
  });

  it("says that --username has no part where an organization's key signs", async () => {
    const ctx = makeContext({
      stored: { apiKey: "org" },
      exchanges: [
        ["GET /users/me", { status: 404 }],
        ["POST /keys", made()],
      ],
    });
    expect(await execute(keyGenerate, { username: "eric" }, ctx)).toMatchObject({ ok: true });
    expect(ctx.events).toMatchObject([{ type: "warning", message: expect.stringContaining("--username") }]);
  });

  it("signs with a session and a two-factor code, and asks for the code when the registry does", async () => {
    const otp = unauthorized("otp", 'Bearer realm="hex", error="totp_required"');
    const asked = makeContext({ stored: session, exchanges: [["POST /keys", otp]] });
    expect(await execute(keyGenerate, {}, asked)).toMatchObject({
      failure: { code: "authentication_required", needs: [{ answer: "otp", because: "missing" }] },
    });
    const wrong = unauthorized("otp", 'Bearer realm="hex", error="invalid_totp"');
    const refused = makeContext({ stored: session, exchanges: [["POST /keys", wrong]] });
    expect(await execute(keyGenerate, {}, refused, { otp: "000000" })).toMatchObject({
      failure: { code: "authentication_refused", needs: [{ answer: "otp", because: "wrong" }] },
    });
    const given = makeContext({ stored: session, exchanges: [["POST /keys", made()]] });
    expect(await execute(keyGenerate, {}, given, { otp: "123456" })).toEqual({
      ok: true,
      output: {
        name: "laptop",
        secret: "new-secret",
        permissions: ["api:write"],
        expiresAt: null,
        registry: "https://registry.test/api",
      },
    });
    expect(given.requests[0]).toMatchObject({
      headers: { authorization: "Bearer access-1", "x-hex-otp": "123456" },
      body: JSON.stringify({ name: "laptop", permissions: [{ domain: "api", resource: "write" }] }),
    });
  });

  it("says where two-factor authentication is turned on when the registry insists on it", async () => {
    const message = "Two-factor authentication must be enabled for API write access";
    const ctx = makeContext({
      stored: session,
      exchanges: [["POST /keys", { status: 403, json: { message } }]],
    });
    expect(await execute(keyGenerate, {}, ctx)).toMatchObject({
      failure: {
        code: "authentication_refused",
        hint: "To fix: turn it on at https://registry.test/dashboard/security, then try again.",
      },
    });
  });

  it("takes the account password where the write key is sealed, and finds out whose", async () => {
    const asked = makeContext({ stored: classic, exchanges: [["GET /users/me", me]] });
    expect(await execute(keyGenerate, {}, asked)).toMatchObject({
      failure: { needs: [{ answer: "accountPassword", because: "missing" }] },
    });
    const given = makeContext({
      stored: classic,
      exchanges: [
        ["GET /users/me", me],
        ["POST /keys", made()],
      ],
    });
    expect(await execute(keyGenerate, {}, given, { accountPassword: "pässword" })).toMatchObject({
      ok: true,
    });
    const basic = Buffer.from("eric:pässword").toString("base64");
    expect(given.requests[1]?.headers.authorization).toBe(`Basic ${basic}`);
  });

  it("takes a write key that lies open, as it is", async () => {
    const ctx = makeContext({ stored: { keys: { write: "open" } }, exchanges: [["POST /keys", made()]] });
    expect(await execute(keyGenerate, {}, ctx)).toMatchObject({ ok: true });
    expect(ctx.requests[0]?.headers.authorization).toBe("open");
  });

  it("takes the local password instead, when that is what was given", async () => {
    const ctx = makeContext({ stored: classic, exchanges: [["POST /keys", made()]] });
    expect(await execute(keyGenerate, {}, ctx, { localPassword: "local" })).toMatchObject({ ok: true });
    expect(ctx.requests[0]?.headers.authorization).toBe("write-secret");
  });

  it("takes the write key where account passwords are switched off", async () => {
    const exchanges = [
      ["GET /users/me", me],
      ["POST /keys", basicOff],
    ] as const;
    const asked = makeContext({ stored: classic, exchanges });
    expect(await execute(keyGenerate, {}, asked, { accountPassword: "p" })).toMatchObject({
      failure: { needs: [{ answer: "localPassword", because: "missing" }] },
    });
  });

  it("needs no sign-in with username and account password", async () => {
    const ctx = makeContext({ exchanges: [["POST /keys", made()]] });
    const input = { username: "eric", keyName: "ci", permissions: ["api:read", "package:decimal"] };
    expect(await execute(keyGenerate, input, ctx, { accountPassword: "p" })).toMatchObject({ ok: true });
    expect(JSON.parse(ctx.requests[0]?.body ?? "")).toEqual({
      name: "ci",
      permissions: [
        { domain: "api", resource: "read" },
        { domain: "package", resource: "hexpm/decimal" },
      ],
    });
    const none = makeContext({});
    expect(await execute(keyGenerate, {}, none)).toMatchObject({
      failure: { code: "authentication_required", details: { reason: "not_signed_in" } },
    });
  });

  it.each([
    ["90d", new Date(now + 90 * 86_400_000).toISOString()],
    ["12h", new Date(now + 12 * 3_600_000).toISOString()],
    ["2027-01-31", "2027-01-31T23:59:59.000Z"],
    ["2027-01-31T12:00:00+02:00", "2027-01-31T10:00:00.000Z"],
  ])("reads --expires %s", async (expires, revokeAt) => {
    const ctx = makeContext({
      stored: { apiKey: "k" },
      exchanges: [["POST /keys", made({ revoke_at: revokeAt })]],
    });
    expect(await execute(keyGenerate, { expires }, ctx)).toMatchObject({ output: { expiresAt: revokeAt } });
    expect(JSON.parse(ctx.requests[0]?.body ?? "").revoke_at).toBe(revokeAt);
  });

  it.each(["soon", "0d", "2020-01-01", "2027-02-31", "2027-13-01", "999999w", "2027-01-31T12:00", ""])(
    "refuses --expires %j before anything is sent",
    async (expires) => {
      const ctx = makeContext({ stored: { apiKey: "k" } });
      expect(await execute(keyGenerate, { expires }, ctx)).toMatchObject({
        failure: { code: "invalid_input" },
      });
    },
  );

  it("revokes a key that was to expire and doesn't", async () => {
    const ctx = makeContext({
      stored: { apiKey: "k" },
      exchanges: [
        ["POST /keys", made({ name: "a b/c" })],
        ["DELETE /keys/a%20b%2Fc", { status: 200, json: {} }],
      ],
    });
    expect(await execute(keyGenerate, { expires: "1d" }, ctx)).toMatchObject({
      failure: { code: "not_supported" },
    });
    expect(ctx.left()).toEqual([]);
  });

  it.each(["everything", "api:delete", "repository", "package:", "docs: x"])(
    "refuses the permission %j",
    async (permission) => {
      const outcome = await execute(keyGenerate, { permissions: [permission] }, makeContext({}));
      expect(outcome).toMatchObject({ failure: { code: "invalid_input" } });
    },
  );
});

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

describe("key.list", () => {
  it("reads with the read key, leniently", async () => {
    const json = [
      { name: "old", permissions: [{ domain: "api", resource: null }], revoked_at: null, last_use: null },
      {
        name: "new",
        permissions: [{ domain: "repository", resource: "acme" }],
        revoke_at: "2027-01-01T00:00:00Z",
        inserted_at: "2026-01-01T00:00:00Z",
        last_use: { used_at: "2026-11-01T00:00:00Z", ip: "127.0.0.1", user_agent: "hex" },
        authing_key: true,
        secret: "must not be shown",
      },
    ];
    const ctx = makeContext({ stored: classic, exchanges: [["GET /keys", { status: 200, json }]] });
    const outcome = await execute(keyList, {}, ctx);
    expect(outcome).toMatchObject({
      output: {
        keys: [
          { name: "old", permissions: ["api"], lastUse: null, expiresAt: null, inUse: false },
          { name: "new", permissions: ["repository:acme"], expiresAt: "2027-01-01T00:00:00Z", inUse: true },
        ],
      },
    });
    expect(JSON.stringify(outcome)).not.toContain("must not be shown");
    expect(ctx.requests[0]?.headers.authorization).toBe("read-secret");
  });
});
