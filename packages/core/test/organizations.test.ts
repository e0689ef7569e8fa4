import { describe, expect, it } from "vitest";
import { execute, type Outcome } from "../src/index.ts";
import {
  auditLog,
  organizationAuditLog,
  organizationAuth,
  organizationDeauth,
  organizationList,
} from "../src/operations/index.ts";
import { type Exchange, makeContext, type Reply, unauthorized } from "./test-context.ts";

type Succeeded = Extract<Outcome, { ok: true }>;

const ok = (json: unknown): Reply => ({ status: 200, json });
const missing: Reply = { status: 404, json: { status: 404, message: "Page not found" } };
const forbidden = (message: string): Reply => ({ status: 403, json: { status: 403, message } });
const described = (type: string, name: string) => ok({ key: { name: "fetch", owner: { type, name } } });
const noPermission = unauthorized("key not authorized for this action");

/** A file with keys of organizations, without the file. */
function makeKeys(held: readonly string[] = [], sentElsewhere = false) {
  const stored: unknown[] = [];
  const organizationKeys = {
    list: async () => held,
    store: async (_account: unknown, organization: string, key: object) => {
      stored.push({ organization, ...key });
      return { sentElsewhere };
    },
    remove: async (_account: unknown, organization: string) => held.includes(organization),
  };
  return { organizationKeys, stored };
}

const repositoryAuth = "GET /auth?domain=repository&resource=acme";

describe("organization.auth", () => {
  it.each<[string, readonly Exchange[], "organization" | undefined]>([
    ["tells the owner", [[repositoryAuth, described("organization", "acme")]], "organization"],
    [
      "finds the one organization of the key",
      [
        [repositoryAuth, { status: 204 }],
        ["GET /users/me", missing],
        ["GET /orgs", ok([{ name: "acme" }])],
      ],
      "organization",
    ],
    [
      "tells nothing about a key that may do nothing else",
      [
        [repositoryAuth, { status: 204 }],
        ["GET /users/me", noPermission],
      ],
      undefined,
    ],
  ])("stores a key where the registry %s", async (_, exchanges, owner) => {
    const { organizationKeys, stored } = makeKeys();
    const ctx = makeContext({ exchanges, backend: { organizationKeys } });
    const outcome = await execute(organizationAuth, { organization: "acme" }, ctx, { key: "s3cret" });
    expect(outcome).toMatchObject({
      output: { organization: "acme", owner: owner ?? null, repository: "hexpm:acme" },
    });
    expect(stored).toEqual([{ organization: "acme", secret: "s3cret", owner }]);
    expect(ctx.requests.map(({ headers }) => headers.authorization)).toEqual(exchanges.map(() => "s3cret"));
    expect(ctx.events.map(({ type }) => type)).toEqual(owner === undefined ? ["warning"] : []);
    expect(JSON.stringify([outcome, ctx.events])).not.toContain("s3cret");
  });

  const user: Exchange = ["GET /users/me", ok({ username: "eric" })];
  it.each<[string, readonly Exchange[], RegExp]>([
    ["of a user", [[repositoryAuth, described("user", "eric")]], /belongs to the user “eric”/],
    [
      "of a user, at an older registry",
      [[repositoryAuth, { status: 204 }], user],
      /belongs to the user “eric”/,
    ],
    [
      "without the permission",
      [[repositoryAuth, noPermission]],
      /no permission for the repository of “acme”/,
    ],
    [
      "of somebody else",
      [[repositoryAuth, forbidden("account not authorized for this action")]],
      /nobody in/,
    ],
    ["that is unknown", [[repositoryAuth, unauthorized("invalid API key")]], /not valid/],
    ["that was revoked", [[repositoryAuth, unauthorized("API key revoked")]], /not valid/],
  ])("refuses a key %s, and tells how to make one", async (_, exchanges, message) => {
    const { organizationKeys, stored } = makeKeys();
    const ctx = makeContext({ exchanges, backend: { organizationKeys } });
    expect(await execute(organizationAuth, { organization: "acme" }, ctx, { key: "k" })).toMatchObject({
      failure: {
        code: "authentication_refused",
        message: expect.stringMatching(message),
        hint: expect.arrayContaining([
          {
            call: "organization.key.generate",
            about: "acme",
            given: { permission: "repository:acme" },
          },
        ]),
        needs: [{ answer: "key", because: "wrong" }],
      },
    });
    expect(stored).toEqual([]);
  });

  const unpaid = forbidden("organization has no active billing subscription");
  it.each<[string, object, readonly Exchange[], string, RegExp]>([
    ["a name", { organization: "a/b", key: "k" }, [], "invalid_input", /can't be the name/],
    ["a key", { organization: "acme", key: "two words" }, [], "invalid_input", /no key/],
    ["no key", { organization: "acme" }, [], "authentication_required", /needs a key/],
    [
      "an unpaid repository",
      { organization: "acme", key: "k" },
      [[repositoryAuth, unpaid]],
      "authentication_refused",
      /billing/,
    ],
    [
      "a registry without the check",
      { organization: "acme", key: "k" },
      [[repositoryAuth, missing]],
      "not_found",
      /404/,
    ],
  ])("fails for %s", async (_, { key, ...input }: { key?: string }, exchanges, code, message) => {
    const { organizationKeys, stored } = makeKeys();
    const ctx = makeContext({ exchanges, backend: { organizationKeys } });
    const outcome = await execute(organizationAuth, input, ctx, key === undefined ? {} : { key });
    expect(outcome).toMatchObject({ failure: { code, message: expect.stringMatching(message) } });
    expect(stored).toEqual([]);
  });

  it("warns where mix hex would send the key to hex.pm", async () => {
    const { organizationKeys } = makeKeys([], true);
    const exchanges: Exchange[] = [[repositoryAuth, described("organization", "acme")]];
    const ctx = makeContext({ exchanges, backend: { organizationKeys } });
    await execute(organizationAuth, { organization: "acme" }, ctx, { key: "k" });
    expect(ctx.events).toMatchObject([{ type: "warning", message: expect.stringContaining("repo.hex.pm") }]);
  });

  it.each([organizationAuth, organizationDeauth])("needs the file of mix hex: $id", async (operation) => {
    expect(await execute(operation, { organization: "acme" }, makeContext(), { key: "k" })).toMatchObject({
      failure: {
        code: "not_supported",
        hint: expect.arrayContaining([{ option: "backend", value: "file" }]),
      },
    });
  });

  it.each([
    ["acme", true, /still accepts it/],
    ["beta", false, /has no key of beta/],
  ])("is undone for %s by organization.deauth", async (organization, removed, words) => {
    const { organizationKeys } = makeKeys(["acme"]);
    const outcome = await execute(
      organizationDeauth,
      { organization },
      makeContext({ backend: { organizationKeys } }),
    );
    expect(outcome).toMatchObject({ output: { organization, removed } });
    const { notices } = organizationDeauth.show?.((outcome as Succeeded).output as never, 0) ?? {};
    expect(JSON.stringify(notices)).toMatch(words);
  });
});

describe("organization.list", () => {
  const me = ok({
    username: "eric",
    organizations: [{ name: "acme", role: "admin" }],
    packages: [{ name: "wheel", repository: "acme" }],
  });
  const stored = { apiKey: "k" };

  it("tells the role in each, and which keys mix hex has", async () => {
    const { organizationKeys } = makeKeys(["acme", "gone"]);
    const ctx = makeContext({ stored, exchanges: [["GET /users/me", me]], backend: { organizationKeys } });
    const outcome = await execute(organizationList, {}, ctx);
    expect(outcome).toMatchObject({
      output: {
        owner: "user",
        organizations: [
          { name: "acme", role: "admin", keyHere: true },
          { name: "gone", role: null, keyHere: true },
        ],
      },
    });
    expect(organizationList.learnPermissions?.((outcome as Succeeded).output as never)).toEqual(
      expect.arrayContaining(["repository:acme", "package:acme/wheel"]),
    );
  });

  it("tells the organization whose own key signs", async () => {
    const exchanges: Exchange[] = [
      ["GET /users/me", missing],
      ["GET /auth?domain=api", described("organization", "acme")],
    ];
    const outcome = await execute(organizationList, {}, makeContext({ stored, exchanges }));
    expect(outcome).toMatchObject({
      output: { owner: "organization", organizations: [{ name: "acme", role: null, keyHere: false }] },
    });
    expect(organizationList.show?.((outcome as Succeeded).output as never, 0).notices).toEqual([
      expect.stringContaining("belongs to the organization acme itself"),
    ]);
  });

  it("fails where the registry doesn't tell which organization that is", async () => {
    const exchanges: Exchange[] = [
      ["GET /users/me", missing],
      ["GET /auth?domain=api", { status: 204 }],
      ["GET /orgs", { status: 500 }],
    ];
    expect(await execute(organizationList, {}, makeContext({ stored, exchanges }))).toMatchObject({
      failure: { code: "not_supported" },
    });
  });
});

describe("audit_log", () => {
  const stored = { apiKey: "k" };
  const entry = (action: string, params: unknown = {}) => ({ action, user_agent: "Hex/2.5", params });
  const page = (count: number, first = 0) =>
    ok(
      Array.from({ length: count }, (_, index) =>
        entry(`a.${index % 2 === 0 ? "x" : "y"}`, { name: `${first + index}` }),
      ),
    );
  const own = (number: number, reply: Reply): Exchange => [`GET /users/me/audit-logs?page=${number}`, reply];
  const read = async (input: object, exchanges: readonly Exchange[]) => {
    const ctx = makeContext({ stored, exchanges });
    const outcome = (await execute(auditLog, input, ctx)) as Succeeded;
    expect(ctx.left()).toEqual([]);
    const { entries, complete } = outcome.output as { entries: { about: string }[]; complete: boolean };
    return { count: entries.length, last: entries.at(-1)?.about, complete };
  };

  it("reads all pages, and no more than it has to", async () => {
    const all = [own(1, page(100)), own(2, page(100, 100)), own(3, page(7, 200))];
    expect(await read({}, all)).toEqual({ count: 207, last: "206", complete: true });
    expect(await read({ limit: 150 }, all.slice(0, 2))).toEqual({ count: 150, last: "149", complete: false });
    expect(await read({ limit: 207 }, all)).toEqual({ count: 207, last: "206", complete: true });
    expect(await read({ action: "a.y" }, all)).toEqual({ count: 103, last: "205", complete: true });
    expect(await read({ action: "a", limit: 1 }, all.slice(0, 1))).toMatchObject({
      count: 1,
      complete: false,
    });
    expect(await read({ action: "b" }, [own(1, page(3))])).toMatchObject({ count: 0, complete: true });
    // This registry has only one page, and gives it for every number.
    expect(await read({}, [own(1, page(100)), own(2, page(100))])).toMatchObject({
      count: 100,
      complete: true,
    });
  });

  it.each([
    [{ package: { name: "plug" }, release: { version: "1.0.0" } }, "plug 1.0.0"],
    [{ name: "ci", user: { username: "eric" } }, "ci"],
    [{ organization: { name: "acme" }, user: { username: "eric" }, role: "admin" }, "eric admin"],
    [{ package: { name: "plug" }, user: { username: "eric" }, level: "full" }, "plug eric full"],
    [{ email: "e@example.com" }, "e@example.com"],
    [{ package: 1, user: null, name: { nested: true } }, null],
    ["nonsense", null],
  ])("tells %j in short", async (params, about) => {
    const ctx = makeContext({ stored, exchanges: [own(1, ok([entry("a.b", params)]))] });
    expect(await execute(auditLog, {}, ctx)).toMatchObject({ output: { entries: [{ about }] } });
  });

  it.each<[string, string | undefined, readonly Exchange[], object]>([
    [
      "is the organization's for its own key",
      undefined,
      [
        own(1, missing),
        ["GET /users/me", missing],
        ["GET /auth?domain=api", described("organization", "acme")],
        ["GET /orgs/acme/audit-logs?page=1", page(1)],
      ],
      { ok: true },
    ],
    [
      "doesn't exist at a registry of 2021",
      undefined,
      [own(1, missing), ["GET /users/me", ok({ username: "eric" })]],
      { failure: { code: "not_supported", message: expect.stringContaining("no list of changes") } },
    ],
    [
      "of an organization doesn't exist there either",
      "acme",
      [
        ["GET /orgs/acme/audit-logs?page=1", missing],
        ["GET /orgs", ok([{ name: "acme" }])],
      ],
      { failure: { code: "not_supported" } },
    ],
    [
      "of an organization is for members",
      "acme",
      [
        ["GET /orgs/acme/audit-logs?page=1", missing],
        ["GET /orgs", ok([])],
        ["GET /users/me", ok({ username: "eric" })],
        ["GET /orgs", ok([])],
      ],
      { failure: { code: "not_found", message: expect.stringContaining("not a member") } },
    ],
  ])("%s", async (_, organization, exchanges, expected) => {
    const ctx = makeContext({ stored, exchanges });
    const outcome =
      organization === undefined
        ? await execute(auditLog, {}, ctx)
        : await execute(organizationAuditLog, { organization }, ctx);
    expect(outcome).toMatchObject(expected);
    expect(ctx.left()).toEqual([]);
  });

  it.each([{ action: "Key" }, { action: "key." }, { limit: 0 }, { limit: 10_001 }, { limit: 1.5 }])(
    "refuses %j",
    async (input) => {
      expect(await execute(auditLog, input, makeContext())).toMatchObject({
        failure: { code: "invalid_input" },
      });
    },
  );
});
