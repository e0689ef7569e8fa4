import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Answers, type AuthMethod, type Credentials, execute, fail } from "../src/index.ts";
import { defineAuth } from "../src/operations/index.ts";
import { classic, makeContext, makeSessionMethod, now, session } from "./test-context.ts";

const me = { status: 200, json: { username: "eric" } };
const fresh = { accessToken: "access-2", refreshToken: "refresh-2", expiresAt: now / 1000 + 1800 };
const revoked: Credentials[] = [];

const revoke: AuthMethod["revoke"] = async (credentials) => void revoked.push(credentials);
const device = (
  acquire: AuthMethod["acquire"] = async () => ({ kind: "session", session: fresh }),
  isOffered?: AuthMethod["isOffered"],
) =>
  makeSessionMethod({
    shows: "oauth",
    input: z.strictObject({ keyName: z.string().optional() }),
    acquire,
    revoke,
    ...(isOffered === undefined ? {} : { isOffered }),
  });
const noDevice = device(
  async () => {
    throw fail("not_supported", "no OAuth");
  },
  async () => false,
);
const password = (acquire?: AuthMethod["acquire"]): AuthMethod => ({
  id: "account",
  yields: "keys",
  needs: "account_password",
  shows: "basic",
  input: z.strictObject({
    username: z.string(),
    accountPassword: z.string(),
    keyName: z.string().optional(),
  }),
  acquire:
    acquire ??
    (async () => ({
      kind: "keys",
      keys: { write: "w2", read: "r2", repositories: "p2", names: { write: "n-api", read: "n-read" } },
    })),
  revoke,
});
const key: AuthMethod = {
  id: "own-key",
  yields: "key",
  needs: "key",
  isOnRequest: true,
  input: z.strictObject({ key: z.string() }),
  acquire: async (input) => ({ kind: "key", apiKey: (input as { key: string }).key }),
};
/** hexuser's methods have other names, because the operation must choose by their declarations. */
const auth = defineAuth([device(), password(), key]);

const passwords = { accountPassword: "account", newLocalPassword: "local password 2" };

describe("auth", () => {
  it("asks first for answers that the registry can refuse, checks them, and then asks for the rest", async () => {
    const wrong = { answer: "accountPassword", because: "wrong" } as const;
    const check: AuthMethod["check"] = async (input) => {
      const { accountPassword } = input as { accountPassword: string };
      if (accountPassword !== "account") throw fail("authentication_refused", "wrong", { needs: [wrong] });
    };
    const needsOf = async (input: object, answers: Answers = {}) => {
      const ctx = makeContext({ methods: [noDevice, { ...password(), check }] });
      const outcome = await execute(auth, input, ctx, answers);
      return outcome.ok || outcome.failure.needs;
    };
    expect(await needsOf({})).toEqual([
      { input: "username", because: "missing" },
      { answer: "accountPassword", because: "missing" },
    ]);
    const username = "eric";
    expect(await needsOf({ username }, { accountPassword: "typo" })).toEqual([wrong]);
    expect(await needsOf({ username }, { accountPassword: "account" })).toEqual([
      { answer: "newLocalPassword", because: "missing" },
    ]);
  });

  it("stores the three keys, with the write key encrypted", async () => {
    const ctx = makeContext({ methods: [noDevice, password()], exchanges: [["GET /users/me", me]] });
    expect(await execute(auth, { username: "eric" }, ctx, passwords)).toMatchObject({
      output: { method: "account", username: "eric", keys: ["n-api", "n-read"] },
    });
    expect(ctx.stored()?.keys).toMatchObject({ write: { sealed: "local password 2|w2" }, read: "r2" });
  });

  it("reports an unconfirmed address, but stores the keys", async () => {
    const unconfirmed = { status: 403, json: { message: "email not verified" } };
    const ctx = makeContext({ methods: [noDevice, password()], exchanges: [["GET /users/me", unconfirmed]] });
    expect(await execute(auth, { username: "eric" }, ctx, passwords)).toMatchObject({
      output: { method: "account", username: "eric" },
    });
    expect(ctx.events).toContainEqual({
      type: "notice",
      message: expect.stringMatching(/not confirmed yet\. Open the link/),
    });
  });

  it("tries no browser without a person, and names the ways that work", async () => {
    const off = password(async () => {
      throw fail("authentication_refused", "off", { details: { method: "approval" } });
    });
    const never = device(async () => Promise.reject(new Error("asked for a browser")));
    const input = { username: "eric", unattended: true };
    const refused = await execute(auth, input, makeContext({ methods: [never, off] }), passwords);
    expect(refused).toMatchObject({
      failure: {
        code: "authentication_refused",
        hint: expect.arrayContaining([{ call: "auth", given: { method: "device" } }]),
      },
    });
    const missing = await execute(auth, { unattended: true }, makeContext({ methods: [never, off] }));
    expect(missing).toMatchObject({
      failure: { code: "authentication_required", hint: expect.arrayContaining([{ answer: "key" }]) },
    });
  });

  it("remembers what the registry supports, and trusts an answer that contradicts it", async () => {
    const classicOne = makeContext({ methods: [noDevice, password()], exchanges: [["GET /users/me", me]] });
    await execute(auth, { username: "eric" }, classicOne, passwords);
    expect(classicOne.traits).toEqual({ oauth: false, basic: true });
    const off = password(async () => {
      throw fail("authentication_refused", "off", { details: { method: "approval" } });
    });
    const changed = makeContext({
      methods: [device(), off],
      known: { oauth: false },
      exchanges: [["GET /users/me", me]],
    });
    expect(await execute(auth, { username: "eric" }, changed, passwords)).toMatchObject({
      output: { method: "approval" },
    });
    expect(changed.traits).toEqual({ oauth: true, basic: false });
  });

  it("limits the session, and takes no method that can't", async () => {
    const asked: unknown[] = [];
    const limited = (acquire?: AuthMethod["acquire"]): AuthMethod => ({
      ...device(acquire),
      input: z.strictObject({ scope: z.array(z.string()).optional() }),
    });
    const narrow = limited(async (input) => {
      asked.push(input);
      return { kind: "session", session: { ...fresh, scope: "api:read" } };
    });
    const scope = ["api:read"];
    const ctx = makeContext({ methods: [password(), narrow], exchanges: [["GET /users/me", me]] });
    expect(await execute(auth, { scope }, ctx)).toMatchObject({ output: { method: "approval" } });
    expect(asked).toEqual([{ scope }]);
    expect(ctx.events).toMatchObject([{ message: "This session may do only this: api:read." }]);
    const classicOne = makeContext({
      methods: [limited(async () => Promise.reject(fail("not_supported", "no OAuth"))), password()],
    });
    const failures = await Promise.all([
      execute(auth, { scope, username: "eric" }, classicOne, passwords),
      execute(auth, { scope, withKey: true }, makeContext({ methods: [narrow, key] }), { key: "k" }),
      execute(auth, { scope, unattended: true }, makeContext({ methods: [narrow, password()] }), passwords),
      execute(auth, { scope: ["repository:acme"] }, makeContext()),
    ]);
    const codes = ["not_supported", "not_supported", "authentication_required", "invalid_input"];
    expect(failures).toMatchObject(codes.map((code) => ({ failure: { code } })));
  });

  it("makes no credentials if it can't store any", async () => {
    const reserve = () => Promise.reject(fail("storage_write_failed", "disk full"));
    const acquired: string[] = [];
    const method = password(async () => {
      acquired.push("keys");
      throw new Error("not expected");
    });
    const ctx = makeContext({
      methods: [method],
      backend: { update: async (_account, change) => void (await change(undefined, reserve)) },
    });
    const outcome = await execute(auth, { username: "eric", method: "account" }, ctx, passwords);
    expect(outcome).toMatchObject({ failure: { code: "storage_write_failed" } });
    expect(acquired).toEqual([]);
  });

  it("revokes new credentials that it can't store", async () => {
    revoked.length = 0;
    const ctx = makeContext({
      methods: [noDevice, password()],
      backend: {
        async update(_account, change) {
          const isSure = (await change(undefined, async () => {})) === undefined;
          if (!isSure) throw fail("storage_write_failed", "disk full");
        },
      },
    });
    const outcome = await execute(auth, { username: "eric" }, ctx, passwords);
    expect(outcome).toMatchObject({ failure: { code: "storage_write_failed" } });
    expect(revoked).toMatchObject([{ kind: "keys", keys: { write: "w2" } }]);
  });

  it("ends the session that it replaces, after the new one is stored", async () => {
    revoked.length = 0;
    const ctx = makeContext({ stored: session, methods: [device()], exchanges: [["GET /users/me", me]] });
    expect(await execute(auth, {}, ctx)).toMatchObject({ output: { method: "approval", username: "eric" } });
    expect(ctx.stored()).toEqual({ session: fresh });
    expect(revoked).toEqual([{ kind: "session", session: session.session }]);
  });

  const own = (name: string) => ({
    status: 200,
    json: [{ name, authing_key: true, inserted_at: "2026-11-24T12:00:00Z" }],
  });
  const fetching = { status: 204 };
  const dead = { status: 401, json: { message: "API key revoked" } };

  it("revokes classic keys after a sign-in with a session, with the local password of the old write key", async () => {
    const ctx = makeContext({
      stored: classic,
      methods: [device()],
      exchanges: [
        ["GET /keys", own("laptop-api-read")],
        ["GET /auth?domain=repositories", fetching],
        ["GET /keys", own("laptop-api")],
        ["DELETE /keys/laptop-repositories", { status: 200, json: { name: "laptop-repositories" } }],
        ["DELETE /keys/laptop-api-read", { status: 404 }],
        ["GET /keys", own("laptop-api")],
        ["DELETE /keys/laptop-api", { status: 200, json: { name: "laptop-api" } }],
        ["GET /users/me", me],
      ],
    });
    expect(await execute(auth, { method: "approval" }, ctx, { localPassword: "local" })).toMatchObject({
      output: { revoked: ["laptop-repositories", "laptop-api-read", "laptop-api"] },
    });
    expect(ctx.stored()).toEqual({ session: fresh });
    expect(
      ctx.requests.filter(({ method }) => method === "DELETE").map(({ headers }) => headers.authorization),
    ).toEqual(Array(3).fill("write-secret"));
  });

  const again = (exchanges: Parameters<typeof makeContext>[0] = {}) =>
    makeContext({ stored: classic, methods: [noDevice, password()], ...exchanges });
  const both = [
    {
      name: "laptop-api-read",
      authing_key: true,
      inserted_at: "2026-11-24T12:00:01Z",
    },
    { name: "laptop-api", inserted_at: "2026-11-24T12:00:00Z" },
  ];

  it("revokes the keys of the same account with the new write key", async () => {
    const ctx = again({
      exchanges: [
        ["GET /keys", { status: 200, json: both }],
        ["GET /auth?domain=repositories", fetching],
        ["GET /users/me", me],
        ["GET /users/me", me],
        ["DELETE /keys/laptop-repositories", { status: 200, json: { name: "laptop-repositories" } }],
        ["DELETE /keys/laptop-api-read", { status: 200, json: { name: "laptop-api-read" } }],
        ["DELETE /keys/laptop-api", { status: 200, json: { name: "laptop-api" } }],
        ["GET /users/me", me],
      ],
    });
    expect(await execute(auth, { username: "eric" }, ctx, passwords)).toMatchObject({
      output: { revoked: ["laptop-repositories", "laptop-api-read", "laptop-api"] },
    });
  });

  it("revokes no key by its name if another account signs in, or if its secret is dead", async () => {
    const other = again({
      exchanges: [
        ["GET /keys", { status: 200, json: both }],
        ["GET /auth?domain=repositories", fetching],
        ["GET /users/me", { status: 200, json: { username: "alice" } }],
        ["GET /users/me", me],
        ["GET /users/me", me],
      ],
    });
    expect(await execute(auth, { username: "eric" }, other, passwords)).toMatchObject({
      output: { revoked: [] },
    });
    expect(other.events.filter(({ type }) => type === "warning")).toHaveLength(3);
    const late = again({
      exchanges: [
        ["GET /keys", dead],
        ["GET /auth?domain=repositories", dead],
        ["GET /users/me", dead],
        ["GET /users/me", me],
        ["GET /users/me", me],
      ],
    });
    expect(await execute(auth, { username: "eric" }, late, passwords)).toMatchObject({
      output: { revoked: [] },
    });
  });

  it("asks for that password first, and lets the person decline", async () => {
    const asked = makeContext({
      stored: classic,
      methods: [device(undefined, async () => true)],
    });
    expect(await execute(auth, {}, asked)).toMatchObject({
      failure: { needs: [{ answer: "localPassword", because: "missing", optional: true }] },
    });
    const refusal = { status: 403, json: { message: "Two-factor authentication must be enabled" } };
    const declined = makeContext({
      stored: classic,
      methods: [device()],
      exchanges: [
        ["GET /keys", { status: 200, json: both }],
        ["GET /auth?domain=repositories", fetching],
        ["GET /users/me", me],
        ["GET /users/me", me],
        ["DELETE /keys/laptop-repositories", refusal],
        ["DELETE /keys/laptop-api-read", refusal],
        ["DELETE /keys/laptop-api", refusal],
        ["GET /users/me", me],
      ],
    });
    expect(await execute(auth, {}, declined, { localPassword: null })).toMatchObject({ ok: true });
    expect(declined.events.filter(({ type }) => type === "warning")).toHaveLength(3);
  });

  it("stores a key that the person gives, and tells what overrides it", async () => {
    const ctx = makeContext({
      stored: { apiKey: "env", apiKeyFrom: "HEX_API_KEY" },
      methods: [key],
      exchanges: [["GET /users/me", me]],
    });
    expect(await execute(auth, { withKey: true }, ctx, { key: "mine" })).toMatchObject({
      output: { method: "own-key" },
    });
    expect(ctx.stored()).toEqual({ apiKey: "mine" });
    expect(ctx.events).toContainEqual(expect.objectContaining({ type: "warning" }));
  });

  it("refuses a key for a method that takes none", async () => {
    const outcome = await execute(
      auth,
      { withKey: true, method: "approval" },
      makeContext({ methods: [device(), key] }),
    );
    expect(outcome).toMatchObject({ failure: { code: "invalid_input" } });
  });
});

describe("auth with a read-only backend", () => {
  it("says so before it asks for anything or makes a key", async () => {
    const ctx = makeContext({
      methods: [noDevice, password()],
      backend: { readOnly: { why: "Nothing can be kept.", hint: ["keep it elsewhere."] } },
    });
    expect(await execute(auth, {}, ctx)).toMatchObject({
      failure: { code: "storage_write_failed", hint: ["keep it elsewhere."] },
    });
  });
});
