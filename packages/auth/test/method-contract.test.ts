import type { AuthMethod } from "@hexuser/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { authMethods } from "../src/index.ts";
import { failureOf, makeContext } from "./auth-context.ts";
import { deviceCode, ok, type StubRegistry, startStubRegistry, tokens } from "./stub-registry.ts";

let server: StubRegistry;
beforeEach(async () => {
  server = await startStubRegistry();
});
afterEach(() => server.close());

interface Case {
  readonly input: Readonly<Record<string, unknown>>;
  /** Gives the stub the answers of a registry at which the method works. */
  welcome(): void;
  /** Gives the stub the answers to a revocation. */
  end?(): void;
}

const made = (name: string) => ({ status: 201, json: { name, secret: `${name}-s3cret`, permissions: [] } });
const { refresh_token: _, ...withoutRefresh } = tokens;
const endToken = () => server.reply("/oauth/revoke", { status: 200 });
const keys = ["laptop-api", "laptop-api-read", "laptop-repositories"];

/** The fixtures that each method of the list needs for its tests. A new method adds a line. */
const cases: Readonly<Record<string, Case>> = {
  device: {
    input: {},
    welcome() {
      server.reply("/oauth/device_authorization", ok(deviceCode));
      server.reply("/oauth/token", ok(tokens));
    },
    end: () => server.reply("/oauth/revoke_by_hash", { status: 200 }),
  },
  password: {
    input: { username: "eric", accountPassword: "account-s3cret" },
    welcome: () => server.reply("/keys", ...keys.map(made)),
    end() {
      for (const name of keys) server.reply(`/keys/${name}`, ok({ name, authing_key: false }));
    },
  },
  key: { input: { key: "k-s3cret" }, welcome: () => server.reply("/users/me", ok({ username: "eric" })) },
  token: {
    input: { key: "k-s3cret" },
    welcome: () => server.reply("/oauth/token", ok(withoutRefresh)),
    end: endToken,
  },
};

describe.each(authMethods().map((method) => [method.id, method] as const))("%s", (id, method) => {
  const { input, welcome, end } = cases[id] as Case;
  const acquire = (given: unknown = input, ctx = makeContext(server.apiUrl)) => method.acquire(given, ctx);

  it("yields the declared credentials, and takes the fields that it needs", async () => {
    welcome();
    expect(await acquire()).toMatchObject({ kind: method.yields });
    const field = { browser: "keyName", account_password: "accountPassword", key: "key" }[method.needs];
    expect(Object.keys(method.input.shape)).toContain(field);
  });

  it("refuses other fields, and sends nothing", async () => {
    expect(await failureOf(acquire({ ...input, other: "s3cret" }))).toMatchObject({ code: "invalid_input" });
    expect(server.received).toEqual([]);
  });

  it("can revoke its own credentials, and no others", async () => {
    welcome();
    const acquired = await acquire();
    expect(method.revoke === undefined).toBe(end === undefined);
    server.received.length = 0;
    server.reply("/users/me", { status: 401, json: { message: "invalid API key" } });
    end?.();
    await method.revoke?.(acquired, makeContext(server.apiUrl));
    expect(server.received.length > 0).toBe(end !== undefined);
  });
});

it.each(authMethods().filter(({ shows }) => shows !== undefined))(
  "$id distinguishes a registry that doesn't know it from one that refuses",
  async ({ id, acquire }) => {
    const { input } = cases[id] as Case;
    const failure = await failureOf(acquire(input, makeContext(server.apiUrl)));
    expect(failure).toMatchObject({ code: "not_supported" });
  },
);

it("the methods that hexuser tries by itself need no key, and their names are unique", () => {
  const methods: readonly AuthMethod[] = authMethods();
  expect(new Set(methods.map(({ id }) => id)).size).toBe(methods.length);
  const tried = methods.filter(({ isOnRequest }) => isOnRequest !== true);
  expect(tried.map(({ needs }) => needs)).not.toContain("key");
});

describe("token", () => {
  const method = authMethods().find(({ id }) => id === "token") as AuthMethod;

  it("asks for a smaller scope if the key can't do everything, and warns about the five sessions", async () => {
    const tooMuch = { status: 400, json: { error: "invalid_scope", error_description: "exceed" } };
    server.reply("/oauth/token", tooMuch, ok({ ...withoutRefresh, scope: "api:read" }));
    const ctx = makeContext(server.apiUrl);
    expect(await method.acquire({ key: "k-s3cret", keyName: "ci" }, ctx)).toMatchObject({
      session: { scope: "api:read" },
    });
    expect(server.received.map(({ fields }) => [fields.grant_type, fields.scope, fields.name])).toEqual([
      ["client_credentials", "api repositories", "ci"],
      ["client_credentials", "api:read repositories", "ci"],
    ]);
    expect(ctx.events).toMatchObject([
      { type: "warning", message: expect.stringContaining("the sixth ends the oldest") },
      { type: "notice", message: expect.stringContaining("30 minutes") },
    ]);
  });

  it("asks for the scope that it is given, and for no other", async () => {
    const tooMuch = { status: 400, json: { error: "invalid_scope", error_description: "exceed" } };
    server.reply("/oauth/token", tooMuch);
    const input = { key: "k-s3cret", scope: ["api:read"] };
    expect(await failureOf(method.acquire(input, makeContext(server.apiUrl)))).toMatchObject({
      message: "The key may not do all that you asked for.",
    });
    expect(server.received.map(({ fields }) => fields.scope)).toEqual(["api:read"]);
  });

  it.each([
    [401, "invalid_client", /wrong, revoked or expired/],
    [400, "invalid_scope", /no permission to use the API/],
  ])("explains %d %s", async (status, error, message) => {
    server.reply("/oauth/token", { status, json: { error, error_description: "k-s3cret" } });
    expect(await failureOf(method.acquire({ key: "k-s3cret" }, makeContext(server.apiUrl)))).toMatchObject({
      code: "authentication_refused",
      message: expect.stringMatching(message),
    });
  });
});
