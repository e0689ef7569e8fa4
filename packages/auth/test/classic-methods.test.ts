import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyMethod } from "../src/key/key-method.ts";
import { passwordMethod } from "../src/password/password-method.ts";
import { failureOf, makeContext } from "./auth-context.ts";
import { type Reply, type StubRegistry, startStubRegistry } from "./stub-registry.ts";

let server: StubRegistry;
beforeEach(async () => {
  server = await startStubRegistry();
});
afterEach(() => server.close());

const json = (status: number, body: unknown): Reply => ({ status, json: body });
const made = (name: string) =>
  json(201, { name, secret: `${name.replaceAll(" ", "-")}-s3cret`, permissions: [] });
const refused = (message: string) => json(401, { status: 401, message });
const passwords = { username: "eric", accountPassword: "account-s3cret" };

describe("password", () => {
  const method = passwordMethod();

  it("makes three keys with mix hex's names, and keeps the names in the answers", async () => {
    server.reply("/keys", made("laptop-api-2"), made("laptop-api-read"), made("laptop-repositories"));
    expect(await method.acquire(passwords, makeContext(server.apiUrl))).toEqual({
      kind: "keys",
      keys: {
        write: "laptop-api-2-s3cret",
        read: "laptop-api-read-s3cret",
        repositories: "laptop-repositories-s3cret",
        names: { write: "laptop-api-2", read: "laptop-api-read", repositories: "laptop-repositories" },
      },
    });
    expect(server.received.map(({ fields }) => fields)).toEqual([
      { name: "laptop-api", permissions: [{ domain: "api" }] },
      { name: "laptop-api-read", permissions: [{ domain: "api", resource: "read" }] },
      { name: "laptop-repositories", permissions: [{ domain: "repositories" }] },
    ]);
    const basic = Buffer.from("eric:account-s3cret").toString("base64");
    expect(server.received[0]?.headers.authorization).toBe(`Basic ${basic}`);
  });

  it("uses the given name for the keys", async () => {
    server.reply("/keys", made("ci-api"), made("ci-api-read"), made("ci-repositories"));
    await method.acquire({ ...passwords, keyName: "ci" }, makeContext(server.apiUrl));
    expect(server.received.map(({ fields }) => fields.name)).toEqual([
      "ci-api",
      "ci-api-read",
      "ci-repositories",
    ]);
  });

  it.each([
    [
      "a registry without the switch",
      refused("invalid username and password combination"),
      "authentication_refused",
    ],
    [
      "a registry of today",
      refused("Basic authentication is disabled. Update your client."),
      "authentication_refused",
    ],
    ["a registry without accounts", json(404, {}), "not_supported"],
    ["a page", { status: 200, text: "<html>" }, "registry_unavailable"],
  ])("says what is wrong at %s", async (_name, reply, code) => {
    server.reply("/keys", reply as Reply);
    expect(await failureOf(method.acquire(passwords, makeContext(server.apiUrl)))).toMatchObject({ code });
  });

  it.each([
    ["a wrong password", refused("invalid username and password combination"), "authentication_refused"],
    ["a deactivated account", json(400, { status: 400, message: "Bad request" }), "authentication_refused"],
    ["a registry without accounts", json(404, {}), "not_supported"],
    ["a captive portal", { status: 200, text: "<html>" }, "registry_unavailable"],
    ["too many requests", json(429, {}), "rate_limited"],
  ])("finds out before it makes a key: %s", async (_name, reply, code) => {
    server.reply("/users/me", reply as Reply);
    expect(await failureOf(method.check?.(passwords, makeContext(server.apiUrl)))).toMatchObject({ code });
    expect(new Set(server.received.map(({ path }) => path))).toEqual(new Set(["/users/me"]));
  });

  it.each([json(200, { username: "eric" }), json(403, { status: 403, message: "email not verified" })])(
    "finds no fault before it makes a key with the answer %j",
    async (reply) => {
      server.reply("/users/me", reply);
      await method.check?.(passwords, makeContext(server.apiUrl));
    },
  );

  it("names the method that works if account passwords are switched off", async () => {
    server.reply(
      "/keys",
      refused("Basic authentication is disabled. Update your client to use OAuth or an API key."),
    );
    expect(await failureOf(method.acquire(passwords, makeContext(server.apiUrl)))).toMatchObject({
      details: { method: "device" },
      hint: expect.stringContaining('"method":"device"'),
    });
  });

  it("revokes its keys after a failure, and names the keys that it couldn't revoke", async () => {
    server.reply("/keys", made("a-api"), made("a read"), json(500, {}));
    server.reply("/keys/a-api", json(200, { name: "a-api" }));
    server.reply("/keys/a%20read", json(200, { name: "a read" }));
    const ctx = makeContext(server.apiUrl);
    expect(await failureOf(method.acquire(passwords, ctx))).toMatchObject({ code: "registry_unavailable" });
    expect(server.received.map(({ path }) => path)).toEqual([
      "/keys",
      "/keys",
      "/keys",
      "/keys/a-api",
      "/keys/a%20read",
    ]);
    expect(ctx.events).toEqual([]);
  });

  it("names the keys that it could not revoke", async () => {
    server.reply("/keys", made("a-api"), json(500, {}));
    server.reply("/keys/a-api", json(500, {}));
    const ctx = makeContext(server.apiUrl);
    await failureOf(method.acquire(passwords, ctx));
    expect(ctx.events).toMatchObject([{ type: "warning", message: expect.stringContaining("“a-api”") }]);
  });

  it("names the key that may exist if no answer came", async () => {
    server.reply("/keys", made("laptop-api"), "drop");
    server.reply("/keys/laptop-api", json(200, { name: "laptop-api" }));
    const failure = await failureOf(method.acquire(passwords, makeContext(server.apiUrl)));
    expect(failure).toMatchObject({
      details: { mayHaveHappened: true },
      hint: expect.stringContaining("“laptop-api-read”"),
    });
    expect(server.received.at(-1)?.path).toBe("/keys/laptop-api");
  });

  it.each([
    [json(200, { name: "laptop-api-2" }), "It was revoked again."],
    [json(500, {}), "It is still there, as “laptop-api-2”."],
  ])("revokes a key whose secret can't be sent, or names it", async (reply, fate) => {
    server.reply("/keys", json(201, { name: "laptop-api-2", secret: "two s3cret words" }));
    server.reply("/keys/laptop-api-2", reply);
    const failure = await failureOf(method.acquire(passwords, makeContext(server.apiUrl)));
    expect(failure).toMatchObject({ code: "registry_refused", message: expect.stringContaining(fate) });
    expect(server.received.map(({ path }) => path)).toEqual(["/keys", "/keys/laptop-api-2"]);
  });

  it("makes no key that the backend has no place for", async () => {
    server.reply("/keys", made("laptop-api"), made("laptop-repositories"));
    const input = { ...passwords, keyKinds: ["write", "repositories"] };
    const acquired = await method.acquire(input, makeContext(server.apiUrl));
    expect(acquired).toMatchObject({ keys: { repositories: "laptop-repositories-s3cret" } });
    expect(acquired).not.toHaveProperty("keys.read");
    expect(server.received).toHaveLength(2);
  });

  it("sends the password over plain http only if allowed, with a warning", async () => {
    const http = async () => ({ status: 401, headers: {}, body: "{}" });
    const refused = makeContext("http://registry.test/api", {
      http: () => expect.unreachable("it was sent"),
    });
    expect(await failureOf(method.acquire(passwords, refused))).toMatchObject({
      code: "invalid_input",
      details: { reason: "insecure" },
    });
    const ctx = makeContext("http://registry.test/api", { http });
    await failureOf(method.acquire(passwords, { ...ctx, registry: { ...ctx.registry, allowsHttp: true } }));
    expect(ctx.events).toMatchObject([
      { type: "warning", message: expect.stringContaining("not encrypted") },
    ]);
  });

  it("revokes the three keys with the write key, which comes last", async () => {
    server.reply("/keys", json(200, [{ name: "w" }]));
    for (const name of ["w", "p"]) server.reply(`/keys/${name}`, json(200, { name }));
    const keys = {
      write: "w-s3cret",
      read: "r-s3cret",
      repositories: "p-s3cret",
      names: { write: "w", read: "r", repositories: "p" },
    };
    await method.revoke?.({ kind: "keys", keys }, makeContext(server.apiUrl));
    expect(server.received.map(({ path }) => path)).toEqual(["/keys/p", "/keys/r", "/keys", "/keys/w"]);
    expect(server.received.at(-1)?.headers.authorization).toBe("w-s3cret");
  });
});

describe("key", () => {
  const method = keyMethod();

  it("lets the registry check the key before it's stored", async () => {
    server.reply("/users/me", json(200, { username: "eric" }));
    expect(await method.acquire({ key: " abc \n" }, makeContext(server.apiUrl))).toEqual({
      kind: "key",
      apiKey: "abc",
    });
    expect(server.received[0]?.headers.authorization).toBe("abc");
  });

  it.each([
    ["of today", json(200, { key: { name: "ci" } })],
    ["of 2021", { status: 204 }],
  ])("accepts an organization's key at a registry %s", async (_name, reply) => {
    server.reply("/users/me", json(404, {}));
    server.reply("/auth?domain=api", reply as Reply);
    expect(await method.acquire({ key: "abc" }, makeContext(server.apiUrl))).toMatchObject({ kind: "key" });
  });

  it.each([
    ["a wrong key", refused("invalid API key"), "not valid"],
    ["a revoked one", refused("API key revoked"), "was revoked or has expired"],
    ["one that may not use the API", refused("key not authorized for this action"), "no permission"],
  ])("refuses %s", async (_name, reply, message) => {
    server.reply("/users/me", reply);
    expect(await failureOf(method.acquire({ key: "s3cret" }, makeContext(server.apiUrl)))).toMatchObject({
      code: "authentication_refused",
      message: expect.stringContaining(message),
    });
  });

  it.each([json(404, {}), json(404, { message: "Not Found", status: "404" }), { status: 404, text: "no" }])(
    "refuses a server that answers 404 to everything: %j",
    async (reply) => {
      for (const path of ["/users/me", "/auth?domain=api"]) server.reply(path, reply as Reply);
      expect(await failureOf(method.acquire({ key: "s3cret" }, makeContext(server.apiUrl)))).toMatchObject({
        code: "registry_unavailable",
        details: { reason: "not_a_registry" },
      });
    },
  );

  it("accepts an unchecked key at a registry that can't check it, and warns", async () => {
    const ctx = makeContext(server.apiUrl);
    expect(await method.acquire({ key: "abc" }, ctx)).toEqual({ kind: "key", apiKey: "abc" });
    expect(ctx.events).toMatchObject([{ type: "warning", message: expect.stringContaining("unchecked") }]);
  });

  it.each(["", "a b-s3cret", "s3cret\r\nx-evil: 1", "s3crét"])("sends nothing of %j", async (key) => {
    expect(await failureOf(method.acquire({ key }, makeContext(server.apiUrl)))).toMatchObject({
      code: "invalid_input",
    });
    expect(server.received).toEqual([]);
  });
});
