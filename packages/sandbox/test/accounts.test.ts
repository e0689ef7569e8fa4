import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../src/start-sandbox.ts";
import { sendRequest } from "./send-request.ts";

let sandbox: Sandbox;
let secret: string;

beforeEach(async () => {
  sandbox = await startSandbox();
  await sandbox.control.createUser({ username: "alice" });
  secret = sandbox.control.createKey({ username: "alice", name: "laptop" }).secret;
});

afterEach(() => sandbox.close());

const send = (method: string, path: string, body?: object, authorization = secret) =>
  sendRequest(method, sandbox.apiUrl + path, { authorization, "user-agent": "Hex/2.5" }, body);

describe("the audit log", () => {
  it("lists changes, newest first", async () => {
    await send("POST", "/keys", { name: "ci" });
    await send("DELETE", "/keys/ci");
    const { json } = await send("GET", "/users/me/audit-logs");
    const [removed, generated] = json;
    expect(removed).toEqual({
      action: "key.remove",
      user_agent: "Hex/2.5",
      params: {
        id: 2,
        name: "ci",
        permissions: [{ domain: "api", resource: null }],
        organization: null,
        user: expect.objectContaining({ id: 1, username: "alice" }),
      },
    });
    expect(generated.action).toBe("key.generate");
    expect(json.at(-1).action).toBe("user.create");
  });

  it("comes in pages of a hundred", async () => {
    for (let count = 0; count < 100; count += 1) {
      sandbox.control.createKey({ username: "alice", name: "ci" });
    }
    const pages = await Promise.all(
      [1, 2, 3].map((page) => send("GET", `/users/me/audit-logs?page=${page}`)),
    );
    expect(pages.map(({ json }) => json.length)).toEqual([100, 5, 0]);
  });
});

describe("keys", () => {
  it("get the next number if their name is taken", async () => {
    const names = [];
    for (const name of ["laptop", "laptop", "laptop-7", "laptop"]) {
      names.push((await send("POST", "/keys", { name })).json.name);
    }
    expect(names).toEqual(["laptop-2", "laptop-3", "laptop-7", "laptop-8"]);
    await send("DELETE", "/keys/laptop-2");
    expect((await send("POST", "/keys", { name: "laptop-2" })).json.name).toBe("laptop-2");
  });

  it.each(["soon", 5, "2030-13-01T00:00:00Z"])("do not end at %j", async (end) => {
    const { json } = await send("POST", "/keys", { name: "ci", revoke_at: end });
    expect(json.errors).toEqual({ revoke_at: "expected type utc_datetime_usec" });
  });

  it("remember their last use", async () => {
    const { json } = await send("GET", "/keys/laptop");
    expect(json.last_use).toMatchObject({ ip: "127.0.0.1", user_agent: "Hex/2.5" });
    const again = await send("GET", "/keys/laptop");
    expect(again.json.updated_at >= json.updated_at).toBe(true);
  });
});

describe("an organization", () => {
  beforeEach(async () => {
    await sandbox.control.createUser({ username: "boss" });
    sandbox.control.createOrganization({ name: "acme", owner: "boss" });
  });

  it("lets readers list its keys and writers create them", async () => {
    expect((await send("GET", "/orgs/acme/keys")).status).toBe(404);
    sandbox.control.setMember("acme", "alice", "read");
    expect((await send("GET", "/orgs/acme/keys")).json).toEqual([]);
    const refused = await send("POST", "/orgs/acme/keys", { name: "ci" });
    expect([refused.status, refused.json.message]).toEqual([403, "account not authorized for this action"]);
    sandbox.control.setMember("acme", "alice", "write");
    expect((await send("POST", "/orgs/acme/keys", { name: "ci" })).status).toBe(201);
  });

  it("has a log of its own, and what a member changes is in the member's as well", async () => {
    sandbox.control.setMember("acme", "alice", "write");
    sandbox.control.setMember("acme", "alice", "admin");
    await send("POST", "/orgs/acme/keys", { name: "ci" });
    const own = sandbox.control.createKey({ organization: "acme", name: "own" }).secret;
    await send("POST", "/orgs/acme/keys", { name: "ci" }, own);
    const { json } = await send("GET", "/orgs/acme/audit-logs");
    const actions = json.map(({ action }: { action: string }) => action);
    const members = ["organization.member.role", "organization.member.add", "organization.create"];
    expect(actions).toEqual(["key.generate", "key.generate", "key.generate", ...members]);
    const acme = { id: 1, name: "acme", billing_active: true };
    expect(json[0].params).toMatchObject({ name: "ci-2", organization: acme, user: null });
    expect(json[3].params).toMatchObject({ role: "admin", organization: acme, user: { username: "alice" } });
    const [newest] = (await send("GET", "/users/me/audit-logs")).json;
    expect(newest).toMatchObject({ action: "key.generate", params: { name: "ci", organization: acme } });
  });

  it("owns keys that say so", async () => {
    const key = sandbox.control.createKey({ organization: "acme", name: "ci" });
    const { json } = await send("GET", "/auth?domain=api", undefined, key.secret);
    expect(json).toEqual({ key: { name: "ci", owner: { type: "organization", name: "acme" } } });
    expect((await send("GET", "/users/me", undefined, key.secret)).status).toBe(404);
  });
});
