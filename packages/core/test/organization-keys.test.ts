import { describe, expect, it } from "vitest";
import { execute } from "../src/index.ts";
import { organizationKeyList } from "../src/operations/index.ts";
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
