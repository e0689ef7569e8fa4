import { describe, expect, it } from "vitest";
import { type AnyOperation, execute, type StoredCredentials, TransportError } from "../src/index.ts";
import { keyList, keyPrune, keyShow, organizationKeyPrune } from "../src/operations/index.ts";
import { apiUrl, classic, type Exchange, makeContext, now, session, unauthorized } from "./test-context.ts";

const day = 86_400_000;
const ago = (days: number) => new Date(now - days * day).toISOString();

const made = { inserted_at: ago(300), permissions: [{ domain: "api", resource: null }] };
const keys = [
  { ...made, name: "busy", last_use: { used_at: ago(1), ip: "10.0.0.1", user_agent: "hex/2.5" } },
  { ...made, name: "forgotten", last_use: { used_at: ago(200) }, revoke_at: ago(-10) },
  { ...made, name: "never used", permissions: [{ domain: "package", resource: "hexpm/app" }] },
  { ...made, name: "new", inserted_at: ago(2) },
  { ...made, name: "over", last_use: { used_at: ago(190) }, revoke_at: ago(5) },
  { name: "ageless", permissions: [{ domain: "docs", resource: "acme" }] },
];
const list: Exchange = ["GET /keys", { status: 200, json: keys }];
const revoking = (name: string): Exchange => [
  `DELETE /keys/${encodeURIComponent(name)}`,
  { status: 200, json: { name } },
];

describe("the keys that match", () => {
  it.each([
    [{ unused: "180d" }, ["forgotten", "never used", "over"]],
    [{ unused: "12h" }, ["busy", "forgotten", "never used", "new", "over"]],
    [{ expired: true }, ["over"]],
    [{ expiring: "2w" }, ["forgotten", "over"]],
    [{ permission: "package:app" }, ["never used"]],
    [{ unused: "180d", permission: "api" }, ["forgotten", "over"]],
    [{ sort: "created" }, ["ageless", "busy", "forgotten", "never used", "over", "new"]],
    [{ sort: "last-use" }, ["ageless", "never used", "new", "forgotten", "over", "busy"]],
    [{ sort: "expires" }, ["over", "forgotten", "ageless", "busy", "never used", "new"]],
  ] as const)("%j are listed in their order", async (input, names) => {
    const outcome = await execute(keyList, input, makeContext({ stored: session, exchanges: [list] }));
    expect(outcome).toMatchObject({ output: { keys: names.map((name) => ({ name })), total: keys.length } });
  });

  it.each<[object, string]>([
    [{ unused: "90" }, "unused"],
    [{ unused: "2026-01-01" }, "unused"],
    [{ permission: "everything" }, "permission"],
    [{ sort: "size" }, "sort"],
  ])("%j is refused by its name", async (input, field) => {
    expect(await execute(keyList, input, makeContext())).toMatchObject({
      failure: { code: "invalid_input", details: { issues: [{ path: [field] }] } },
    });
  });
});

describe("key.show", () => {
  it.each([
    [
      "busy",
      { output: { name: "busy", lastUse: { ip: "10.0.0.1", userAgent: "hex/2.5" }, expiresAt: null } },
    ],
    [
      "bussy",
      {
        failure: { code: "not_found", hint: [expect.stringContaining("“busy”"), { call: "key.list" }, "."] },
      },
    ],
  ])("tells about %s", async (name, outcome) => {
    expect(
      await execute(keyShow, { name }, makeContext({ stored: session, exchanges: [list] })),
    ).toMatchObject(outcome);
  });
});

describe("key.prune", () => {
  it("needs a condition, and shows what it would revoke but the keys of this machine", () => {
    expect(keyPrune.confirm?.({})).toBeUndefined();
    const confirmation = organizationKeyPrune.confirm?.({ organization: "acme", unused: "180d" });
    expect(confirmation).toMatchObject({
      look: { id: "organization.key.list" },
      input: { organization: "acme", unused: "180d" },
      organization: "acme",
    });
    const seen = [
      { name: "a", inUse: false },
      { name: "b", inUse: true },
    ];
    expect(confirmation?.tell({ keys: seen })).toBe("This revokes 1 key: “a”.");
    expect(confirmation?.tell({ keys: seen.slice(1) })).toBeUndefined();
  });

  const own = (...names: string[]) =>
    names.map((name) => ({ ...made, name, authing_key: name.endsWith("-read") }));
  const classicKeys = own("laptop-api", "laptop-api-read", "laptop-repositories", "old");
  const { names: _, ...unnamed } = classic.keys ?? {};

  it.each<[string, AnyOperation, object, StoredCredentials, Exchange[], object]>([
    ["nothing without a condition", keyPrune, {}, session, [], { failure: { code: "invalid_input" } }],
    [
      "each key that matches",
      keyPrune,
      { unused: "180d" },
      session,
      [list, ...["forgotten", "never used", "over"].map(revoking)],
      { output: { revoked: ["forgotten", "never used", "over"], kept: [] } },
    ],
    [
      "nothing if nothing matches, without asking for a password",
      keyPrune,
      { permission: "repositories" },
      classic,
      [list],
      { output: { revoked: [], kept: [] } },
    ],
    [
      "no key of a classic sign-in",
      keyPrune,
      { permission: "api" },
      classic,
      [["GET /keys", { status: 200, json: classicKeys }], revoking("old")],
      { output: { revoked: ["old"], kept: ["laptop-api", "laptop-api-read", "laptop-repositories"] } },
    ],
    [
      "no key that signs, where no name is stored",
      keyPrune,
      { permission: "api" },
      { keys: unnamed },
      [
        ["GET /keys", { status: 200, json: own("w", "old", "r-read") }],
        ["GET /keys", { status: 200, json: [{ ...made, name: "w", authing_key: true }] }],
        revoking("old"),
      ],
      { output: { revoked: ["old"], kept: ["r-read", "w"] } },
    ],
  ])("revokes %s", async (_title, operation, input, stored, exchanges, outcome) => {
    const ctx = makeContext({ stored, exchanges });
    expect(await execute(operation, input, ctx, { localPassword: "local" })).toMatchObject(outcome);
    expect(ctx.left()).toEqual([]);
  });

  const challenge = 'Bearer realm="hex", error="invalid_totp"';
  it.each<[string, Exchange[1], object]>([
    ["the connection fails", new TransportError("unreachable", "gone"), { code: "network_unreachable" }],
    [
      "the code has expired",
      unauthorized("Invalid two-factor authentication code", challenge),
      { code: "authentication_refused", needs: [{ answer: "otp", because: "wrong" }] },
    ],
  ])("tells what is done and what isn't if %s, and continues", async (_title, reply, failure) => {
    const left = keys.filter(({ name }) => name !== "forgotten");
    const ctx = makeContext({
      stored: session,
      exchanges: [
        list,
        revoking("forgotten"),
        ["DELETE /keys/never%20used", reply],
        ["GET /keys", { status: 200, json: left }],
        ...["never used", "over"].map(revoking),
      ],
    });
    expect(await execute(keyPrune, { unused: "180d" }, ctx, { otp: "123456" })).toMatchObject({
      failure: {
        ...failure,
        message: expect.stringContaining(
          "Revoked 1 key: “forgotten”. Not revoked yet: “never used”, “over”.",
        ),
        details: { revoked: ["forgotten"], remaining: ["never used", "over"] },
      },
    });
    expect(await execute(keyPrune, { unused: "180d" }, ctx, { otp: "123456" })).toMatchObject({
      output: { revoked: ["never used", "over"] },
    });
    expect(ctx.left()).toEqual([]);
    expect(ctx.events).toContainEqual({ type: "progress", what: "Revoked", done: 2, total: 2 });
  });

  it("waits as often as the registry's rate limit asks for it", async () => {
    const many = Array.from({ length: 30 }, (_, index) => ({ ...made, name: `k${index}` }));
    let allowed = 10;
    const ctx = makeContext({
      stored: session,
      context: {
        async http({ method, url }) {
          if (url === `${apiUrl}/keys`) return { status: 200, headers: {}, body: JSON.stringify(many) };
          allowed -= 1;
          if (method === "DELETE" && allowed >= 0)
            return { status: 200, headers: {}, body: JSON.stringify({ name: url.split("/").at(-1) }) };
          allowed = 10;
          const headers = {
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": String(now / 1000 + 20),
          };
          return { status: 429, headers, body: '{"status":429,"message":"API rate limit exceeded"}' };
        },
      },
    });
    const outcome = await execute(keyPrune, { unused: "1d" }, ctx, { otp: "123456" });
    expect(outcome).toMatchObject({ ok: true, output: { revoked: { length: 30 } } });
    expect(ctx.sleeps).toEqual([20_000, 20_000]);
  });
});
