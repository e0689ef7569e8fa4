import { describe, expect, it } from "vitest";
import { execute } from "../src/index.ts";
import { keyGenerate } from "../src/operations/index.ts";
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

describe("key.generate", () => {
  it.each([
    ["is somebody else", "joe", { username: "eric", email: "e@x.org" }, "invalid_input"],
    ["is the account", "Eric", { username: "eric", email: "e@x.org" }, undefined],
    ["is the account's email", "e@x.org", { username: "eric", email: "E@x.org" }, undefined],
  ])("checks whether the username for a signed-in session %s", async (_, username, json, code) => {
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

  it("says that the username has no effect if an organization's key signs", async () => {
    const ctx = makeContext({
      stored: { apiKey: "org" },
      exchanges: [
        ["GET /users/me", { status: 404 }],
        ["POST /keys", made()],
      ],
    });
    expect(await execute(keyGenerate, { username: "eric" }, ctx)).toMatchObject({ ok: true });
    expect(ctx.events[0]).toMatchObject({
      type: "warning",
      message: expect.stringContaining("the username that you gave has no effect"),
    });
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

  it("says where to turn two-factor authentication on if the registry requires it", async () => {
    const message = "Two-factor authentication must be enabled for API write access";
    const ctx = makeContext({
      stored: session,
      exchanges: [["POST /keys", { status: 403, json: { message } }]],
    });
    expect(await execute(keyGenerate, {}, ctx)).toMatchObject({
      failure: {
        code: "authentication_refused",
        hint: ["turn it on at https://registry.test/dashboard/security, then try again."],
      },
    });
  });

  it("uses the account password if the write key is encrypted, and finds its owner", async () => {
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

  it("uses a plain write key", async () => {
    const ctx = makeContext({ stored: { keys: { write: "open" } }, exchanges: [["POST /keys", made()]] });
    expect(await execute(keyGenerate, {}, ctx)).toMatchObject({ ok: true });
    expect(ctx.requests[0]?.headers.authorization).toBe("open");
  });

  it("uses the local password instead if the person gave it", async () => {
    const ctx = makeContext({ stored: classic, exchanges: [["POST /keys", made()]] });
    expect(await execute(keyGenerate, {}, ctx, { localPassword: "local" })).toMatchObject({ ok: true });
    expect(ctx.requests[0]?.headers.authorization).toBe("write-secret");
  });

  it("uses the write key if account passwords are switched off", async () => {
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
    const input = {
      username: "eric",
      keyName: "ci",
      permissions: ["api:read", "package:decimal", "api:read", "package:hexpm/decimal"],
    };
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
  ])("reads the expiry %s", async (expires, revokeAt) => {
    const ctx = makeContext({
      stored: { apiKey: "k" },
      exchanges: [["POST /keys", made({ revoke_at: revokeAt })]],
    });
    expect(await execute(keyGenerate, { expires }, ctx)).toMatchObject({ output: { expiresAt: revokeAt } });
    expect(JSON.parse(ctx.requests[0]?.body ?? "").revoke_at).toBe(revokeAt);
  });

  it.each(["soon", "0d", "2020-01-01", "2027-02-31", "2027-13-01", "999999w", "2027-01-31T12:00", ""])(
    "refuses the expiry %j before it sends anything",
    async (expires) => {
      const ctx = makeContext({ stored: { apiKey: "k" } });
      expect(await execute(keyGenerate, { expires }, ctx)).toMatchObject({
        failure: { code: "invalid_input" },
      });
    },
  );

  it("revokes a key that should expire but doesn't", async () => {
    const ctx = makeContext({
      stored: { apiKey: "k" },
      exchanges: [
        ["POST /keys", made({ name: "a b/c" })],
        ["DELETE /keys/a%20b%2Fc", { status: 200, json: { name: "a b/c" } }],
      ],
    });
    expect(await execute(keyGenerate, { expires: "1d" }, ctx)).toMatchObject({
      failure: { code: "not_supported" },
    });
    expect(ctx.left()).toEqual([]);
  });

  it.each([
    ["api:write", null, /or make keys that expire/],
    ["package:decimal", null, /or make keys that expire/],
    ["api:write", undefined, /revoke it with/],
    ["api:write", "2027-01-31T23:59:59.000Z", undefined],
    ["api:read", null, undefined],
  ])("warns about a key with %s and the expiry %j", async (permission, revokeAt, warning) => {
    const [domain, resource] = permission.split(":");
    const json = { permissions: [{ domain, resource }], revoke_at: revokeAt };
    const ctx = makeContext({ stored: { apiKey: "k" }, exchanges: [["POST /keys", made(json)]] });
    const input = { permissions: [permission], ...(revokeAt ? { expires: "2027-01-31" } : {}) };
    expect(await execute(keyGenerate, input, ctx)).toMatchObject({ ok: true });
    const told = ctx.events.map((event) => JSON.stringify(event));
    expect(told).toEqual(warning === undefined ? [] : [expect.stringMatching(warning)]);
  });

  it.each(["everything", "api:delete", "repository", "package:", "docs: x"])(
    "refuses the permission %j",
    async (permission) => {
      const outcome = await execute(keyGenerate, { permissions: [permission] }, makeContext({}));
      expect(outcome).toMatchObject({ failure: { code: "invalid_input" } });
    },
  );
});
