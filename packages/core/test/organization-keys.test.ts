import { describe, expect, it } from "vitest";
import { execute } from "../src/index.ts";
import { keyGenerate, organizationKeyGenerate, organizationKeyList } from "../src/operations/index.ts";
import { type Exchange, makeContext, session } from "./test-context.ts";

const me = ["GET /users/me", { status: 200, json: { username: "ada" } }] as const;
const nobody = ["GET /users/me", { status: 404 }] as const;
const orgs = (...names: string[]): Exchange => [
  "GET /orgs",
  { status: 200, json: names.map((name) => ({ name })) },
];
const owner = (type: string, name: string): Exchange => [
  "GET /auth?domain=api",
  { status: 200, json: { key: { name: "ci", owner: { type, name } } } },
];
const keys = [{ name: "ci", permissions: [{ domain: "api", resource: "read" }] }];

describe("the keys of an organization", () => {
  it.each<[string, number, Exchange[], object]>([
    ["are listed", 200, [], { ok: true, output: { keys: [{ name: "ci", permissions: ["api:read"] }] } }],
    [
      "need a membership",
      404,
      [me, orgs("beta", "gamma")],
      { failure: { code: "not_found", hint: ["name an organization that you are in: beta, gamma."] } },
    ],
    [
      "need a membership, as registries of 2021 say it",
      403,
      [me, orgs()],
      { failure: { code: "not_found", message: "You are not a member of an organization “acme”." } },
    ],
    ["may have another name", 404, [me, orgs("acne")], { failure: { hint: ["did you mean “acne”?"] } }],
    [
      "need a role",
      403,
      [me, orgs("acme")],
      {
        failure: { code: "authentication_refused", message: expect.stringMatching(/^Your role in .*“acme”/) },
      },
    ],
    [
      "can't be reached by the key of another organization",
      404,
      [nobody, owner("organization", "beta")],
      { failure: { code: "invalid_input", message: expect.stringMatching(/organization “beta”/) } },
    ],
    [
      "can't be reached where the registry tells nothing",
      404,
      [me, ["GET /orgs", { status: 404 }]],
      { failure: { code: "not_found", details: { status: 404 } } },
    ],
  ])("%s", async (_, status, more, outcome) => {
    const json = status === 200 ? keys : { status, message: "Page not found" };
    const ctx = makeContext({
      stored: session,
      exchanges: [["GET /orgs/acme/keys", { status, json }], ...more],
    });
    expect(await execute(organizationKeyList, { organization: "acme" }, ctx)).toMatchObject(outcome);
    expect(ctx.left()).toEqual([]);
  });
});

describe("the permissions of a new key", () => {
  const refused = (hint: string) => ({
    failure: { code: "invalid_input", details: { issues: [{ path: ["permissions"] }] }, hint: [hint] },
  });
  const made = { output: { secret: "s" } };

  it.each<[string, string[], Exchange[], object]>([
    ["need no request without an organization", ["api", "package:app", "repositories"], [], made],
    ["may be about the account's organizations", ["docs:acme", "package:acme/app"], [orgs("acme")], made],
    [
      "may be about no other organization",
      ["repository:acne"],
      [orgs("acme", "beta")],
      refused("did you mean “acme”?"),
    ],
    [
      "may not be about a package of another organization",
      ["package:other/app"],
      [orgs("acme")],
      refused("name an organization that you are in: acme."),
    ],
    [
      "are left to a registry that tells no organizations",
      ["docs:acme"],
      [["GET /orgs", { status: 500 }]],
      made,
    ],
  ])("%s", async (_, permissions, first, outcome) => {
    const post: Exchange[] =
      outcome === made ? [["POST /keys", { status: 201, json: { name: "ci", secret: "s" } }]] : [];
    const ctx = makeContext({ stored: session, exchanges: [...first, ...post] });
    expect(await execute(keyGenerate, { permissions, expires: undefined }, ctx)).toMatchObject(outcome);
    expect(ctx.left()).toEqual([]);
  });

  it("of an organization's key are about that organization", async () => {
    const json = { name: "ci", secret: "s", permissions: [] };
    const ctx = makeContext({
      stored: session,
      exchanges: [["POST /orgs/acme/keys", { status: 201, json }]],
    });
    const make = (permission: string) =>
      execute(organizationKeyGenerate, { organization: "acme", permissions: [permission] }, ctx);
    expect(await make("docs:beta")).toMatchObject(refused("name an organization that you are in: acme."));
    const outcome = await make("docs:acme");
    expect(outcome).toMatchObject({ output: { organization: "acme" } });
    const { undo = [] } =
      organizationKeyGenerate.leaves?.({ name: "ci", organization: "acme" } as never) ?? {};
    expect(undo).toMatchObject([
      { operation: { id: "organization.key.revoke" }, input: { organization: "acme", name: "ci" } },
    ]);
  });
});
