import { describe, expect, it } from "vitest";
import { type Answers, execute, fail, type Outcome } from "../src/index.ts";
import {
  defineAuth,
  listOperations,
  register,
  resetPasswordAccount,
  resetPasswordLocal,
  whoami,
} from "../src/operations/index.ts";
import {
  account,
  classic,
  type Exchange,
  makeContext,
  makeSessionMethod,
  session,
  unauthorized,
} from "./test-context.ts";

type Failed = Extract<Outcome, { ok: false }>;
type Succeeded = Extract<Outcome, { ok: true }>;

const input = { acceptTerms: true, username: "eric", email: "eric@example.com" };

describe("register", () => {
  it("asks for the terms first, then for other missing values", async () => {
    expect(await execute(register, {}, makeContext({}))).toMatchObject({
      failure: {
        code: "invalid_input",
        needs: [{ input: "acceptTerms" }, { input: "username" }, { input: "email" }],
      },
    });
    expect(await execute(register, input, makeContext({}))).toMatchObject({
      failure: { needs: [{ answer: "accountPassword", because: "missing" }] },
    });
  });

  it("sends one POST", async () => {
    const ctx = makeContext({ exchanges: [["POST /users", { status: 201, json: { username: "eric" } }]] });
    expect(await execute(register, input, ctx, { accountPassword: "hunter42" })).toMatchObject({
      ok: true,
      output: { username: "eric", email: "eric@example.com" },
    });
    expect(JSON.parse(ctx.requests[0]?.body ?? "")).toEqual({
      username: "eric",
      email: "eric@example.com",
      password: "hunter42",
    });
    expect(JSON.stringify(ctx.events)).not.toContain("hunter42");
  });

  it.each([
    [{}, ["eric@example.com", "If the registry asks", "Then sign in."]],
    [{ oauth: true }, ["eric@example.com", "Turn on two-factor", "Then sign in."]],
    [{ oauth: false }, ["eric@example.com", "Then sign in."]],
  ])("lists the next steps at a registry known for %j", async (known, steps) => {
    const ctx = makeContext({
      known,
      exchanges: [["POST /users", { status: 201, json: { username: "eric" } }]],
    });
    expect(await execute(register, input, ctx, { accountPassword: "p" })).toMatchObject({
      output: { next: steps.map((step) => expect.stringContaining(step)) },
    });
  });

  it.each([
    ["would give a session", async () => true, "Sign in now?"],
    ["would give keys", async () => false, undefined],
    ["can't be foreseen", () => Promise.reject(fail("network_unreachable", "No way.")), "Sign in now?"],
  ])("may ask before the sign-in if that %s", async (_, isOffered, question) => {
    const ctx = makeContext({ methods: [makeSessionMethod({ isOffered })] });
    expect((await register.next?.question?.(ctx))?.slice(-12)).toBe(question);
  });

  it("shows the registry's objections field by field", async () => {
    const json = { errors: { username: "is taken", emails: { email: "is already in use" } } };
    const ctx = makeContext({ exchanges: [["POST /users", { status: 422, json }]] });
    expect(await execute(register, input, ctx, { accountPassword: "p" })).toMatchObject({
      failure: { code: "validation_failed", message: "The username is taken.\nThe email is already in use." },
    });
  });
});

describe("whoami", () => {
  it("names the organization that a key belongs to", async () => {
    const key = { name: "ci", owner: { type: "organization", name: "acme" } };
    const ctx = makeContext({
      stored: { apiKey: "k" },
      exchanges: [
        ["GET /users/me", { status: 404 }],
        ["GET /auth?domain=api", { status: 200, json: { key } }],
      ],
    });
    expect(await execute(whoami, {}, ctx)).toMatchObject({
      output: { username: "acme", owner: "organization" },
    });
  });

  it("tells what the credential may do, and where the account is a member", async () => {
    const organizations = [{ name: "acme", role: "admin" }, { name: "beta", role: "read" }, { nonsense: 1 }];
    const packages = [{ name: "foo", repository: "hexpm", url: "x" }];
    const me = { status: 200, json: { username: "eric", organizations, packages } };
    const narrow = { session: { ...session.session, scope: "api:read repository:acme" } } as typeof session;
    const input = { describeCredential: true };
    const told = await execute(
      whoami,
      input,
      makeContext({ stored: narrow, exchanges: [["GET /users/me", me]] }),
    );
    expect(told).toMatchObject({
      output: {
        organizations: organizations.slice(0, 2),
        packages: ["hexpm/foo"],
        credential: { permissions: ["api:read", "repository:acme"] },
      },
    });
    expect(whoami.show?.((told as Succeeded).output as never, 0).details).toEqual(
      expect.arrayContaining([
        "It may do this: api:read, repository:acme.",
        "Organizations: acme (admin), beta (read).",
      ]),
    );
    // mix hex keeps no scope beside its session, but the token has it.
    const token = `x.${btoa(JSON.stringify({ scope: "api:read" }))}.x`;
    const others = { session: { ...session.session, accessToken: token } } as typeof session;
    const ctx = makeContext({ stored: others, exchanges: [["GET /users/me", me]] });
    expect(await execute(whoami, input, ctx)).toMatchObject({
      output: { credential: { permissions: ["api:read"] } },
    });
    const keys = [{ name: "ci", authing_key: true, permissions: [{ domain: "api", resource: "read" }] }];
    const withKey = makeContext({
      stored: { apiKey: "k" },
      exchanges: [
        ["GET /users/me", me],
        ["GET /keys", { status: 200, json: keys }],
      ],
    });
    expect(await execute(whoami, input, withKey)).toMatchObject({
      output: { credential: { name: "ci", permissions: ["api:read"] } },
    });
  });

  it("tells how to get a session that may do more", async () => {
    const stored = { session: { ...session.session, scope: "repository:acme" } } as typeof session;
    const exchanges: Exchange[] = [["GET /users/me", unauthorized("key not authorized for this action")]];
    expect(await execute(whoami, {}, makeContext({ stored, exchanges }))).toMatchObject({
      failure: {
        code: "authentication_refused",
        message: expect.stringContaining("It may do only this: repository:acme."),
        hint: expect.arrayContaining([{ call: "auth" }]),
        details: { reason: "scope_too_narrow" },
      },
    });
  });

  it("doesn't send another registry's credentials without a confirmation", async () => {
    let adopted = false;
    const backend = {
      unclaimed: async () => ({ origin: "https://hex.pm" }),
      read: async () => (adopted ? { apiKey: "k" } : undefined),
      adopt: async () => {
        adopted = true;
      },
    };
    const asked = await execute(whoami, {}, makeContext({ backend }));
    expect(asked).toMatchObject({
      failure: {
        needs: [{ answer: "adoptCredentials" }],
        message: expect.stringContaining(account.origin),
      },
    });
    const declined = await execute(whoami, {}, makeContext({ backend }), { adoptCredentials: false });
    expect(declined).toMatchObject({ failure: { details: { reason: "not_signed_in" } } });
    const ctx = makeContext({
      backend,
      exchanges: [["GET /users/me", { status: 200, json: { username: "eric" } }]],
    });
    expect(await execute(whoami, {}, ctx, { adoptCredentials: true })).toMatchObject({ ok: true });
  });
});

describe("credentials beside the account's own", () => {
  it("aren't offered for confirmation if another registry signed them", async () => {
    const backend = {
      unclaimed: async () => ({ isForeign: true }),
      adopt: async () => expect.unreachable(),
    };
    for (const answers of [{}, { adoptCredentials: true }]) {
      const { failure } = (await execute(whoami, {}, makeContext({ backend }), answers)) as Failed;
      expect(failure).toMatchObject({ details: { reason: "foreign_session" } });
      expect(failure.needs).toBeUndefined();
    }
  });

  it("cause a notice if mix hex would use their plain key, and are used if the person confirms it", async () => {
    let adopted = false;
    const backend = {
      unclaimed: async () => ({ apiKey: true }),
      read: async () => (adopted ? { apiKey: "k", ...session } : session),
      adopt: async () => {
        adopted = true;
      },
    };
    const exchanges: Exchange[] = [["GET /users/me", { status: 200, json: { username: "eric" } }]];
    const told = makeContext({ backend, exchanges });
    expect(await execute(whoami, {}, told)).toMatchObject({ output: { credential: { kind: "session" } } });
    expect(told.events).toMatchObject([{ type: "notice", message: expect.stringContaining("api_key") }]);
    const used = makeContext({ backend, exchanges });
    expect(await execute(whoami, {}, used, { adoptCredentials: true })).toMatchObject({
      output: { credential: { kind: "key" } },
    });
    expect(used.events).toEqual([]);
  });
});

describe("reset_password.account", () => {
  it("asks the registry to send the email", async () => {
    const ctx = makeContext({ exchanges: [["POST /users/eric%40example.com/reset", { status: 204 }]] });
    expect(await execute(resetPasswordAccount, { account: "eric@example.com" }, ctx)).toEqual({
      ok: true,
      output: { sent: true, page: null },
    });
  });

  it("doesn't confuse a registry without accounts with one that has a page for it", async () => {
    const ctx = makeContext({
      exchanges: [
        ["POST /users/eric/reset", { status: 404 }],
        ["GET /users/me", { status: 404 }],
      ],
    });
    expect(await execute(resetPasswordAccount, { account: "eric" }, ctx)).toMatchObject({
      failure: { code: "not_supported" },
    });
    expect(ctx.events).toEqual([]);
  });

  it("opens the site's page if the API lacks the endpoint", async () => {
    const ctx = makeContext({
      exchanges: [
        ["POST /users/eric/reset", { status: 404 }],
        ["GET /users/me", unauthorized("missing authentication information")],
      ],
    });
    const page = "https://registry.test/password/reset";
    expect(await execute(resetPasswordAccount, { account: "eric" }, ctx)).toMatchObject({ output: { page } });
    expect(ctx.events).toMatchObject([{ type: "open_page", url: page }]);
  });
});

describe("reset_password.local", () => {
  const passwords = { localPassword: "local", newLocalPassword: "new local password" };

  it("checks the current password before it asks for the new one", async () => {
    const needsOf = async (answers: Answers) => {
      const outcome = await execute(resetPasswordLocal, {}, makeContext({ stored: classic }), answers);
      return outcome.ok || outcome.failure.needs;
    };
    expect(await needsOf({})).toEqual([{ answer: "localPassword", because: "missing" }]);
    expect(await needsOf({ localPassword: "no" })).toEqual([{ answer: "localPassword", because: "wrong" }]);
    expect(await needsOf({ localPassword: "local" })).toEqual([
      { answer: "newLocalPassword", because: "missing" },
    ]);
  });

  it("encrypts the same key with the new password", async () => {
    const ctx = makeContext({ stored: classic });
    expect(await execute(resetPasswordLocal, {}, ctx, passwords)).toMatchObject({
      output: { changed: true },
    });
    expect(ctx.stored()?.keys).toEqual({
      ...classic.keys,
      write: { sealed: "new local password|write-secret" },
    });
  });

  it("says why there is no password to change", async () => {
    expect(await execute(resetPasswordLocal, {}, makeContext({ stored: session }))).toMatchObject({
      output: { changed: false },
    });
    expect(await execute(resetPasswordLocal, {}, makeContext({}))).toMatchObject({
      failure: { details: { reason: "not_signed_in" } },
    });
  });

  it("doesn't overwrite credentials that changed meanwhile", async () => {
    const ctx = makeContext({
      stored: classic,
      backend: {
        update: async (_account, change) => {
          await change({ keys: { write: { sealed: "other|x" } } }, async () => {});
        },
      },
    });
    expect(await execute(resetPasswordLocal, {}, ctx, passwords)).toMatchObject({
      failure: { code: "storage_damaged" },
    });
  });
});

describe("every operation", () => {
  it.each(
    listOperations(defineAuth([{ id: "approval", yields: "session" }])).map(
      (operation) => [operation.id, operation] as const,
    ),
  )("%s refuses unknown fields", async (_id, operation) => {
    for (const input of [{ surprise: 1 }, null, "text", []]) {
      expect(await execute(operation, input, makeContext({}))).toMatchObject({
        failure: { code: "invalid_input" },
      });
    }
  });
});
