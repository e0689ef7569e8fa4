import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createMachine, type Machine } from "../hexuser-environment.ts";
import { runHexuser } from "../run-hexuser.ts";
import { writeConfig } from "../setting.ts";
import { type StubServer, startStub } from "../stub-registry.ts";

/** Milliseconds, as a guard against hanging. Each test runs many processes, one after the other. */
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** A body of text is a page. Any other body is sent as JSON. */
interface StubAnswer {
  readonly status: number;
  readonly body?: unknown;
}

interface StubRequest {
  readonly method: string;
  /** Below `/api`, including its query. */
  readonly path: string;
  readonly body: string;
}

let server: StubServer;
let answer: (request: StubRequest) => StubAnswer;
const stub = {
  apiUrl: "",
  requests: [] as StubRequest[],
  /** Sets how the server answers from now on. */
  answer(how: typeof answer) {
    answer = how;
  },
};
beforeAll(async () => {
  server = await startStub(({ method, url, body }) => {
    const request = { method, path: url.replace(/^\/api/, ""), body };
    stub.requests.push(request);
    const { status, body: content } = answer(request);
    return typeof content === "string" ? { status, text: content } : { status, json: content };
  });
  stub.apiUrl = `${server.url}/api`;
});
afterAll(() => server.close());

const config = (machine: Machine) =>
  existsSync(machine.configPath) ? readFileSync(machine.configPath, "utf8") : undefined;

/** A session as mix hex leaves it. Its token is valid for half an hour, or has expired. */
function sessionMachine(expiresIn = 1800): Machine {
  const machine = createMachine({ HEX_API_URL: stub.apiUrl });
  const expiresAt = Math.floor(Date.now() / 1000) + expiresIn;
  writeConfig(
    machine,
    `{'$oauth_token',#{<<"access_token">> => <<"access">>,<<"expires_at">> => ${expiresAt},` +
      `<<"refresh_token">> => <<"refresh">>}}.\n{api_url,<<"${stub.apiUrl}">>}.\n`,
  );
  return machine;
}

/** The keys of a classic sign-in, from a stub that behaves well once. */
async function classicMachine(): Promise<Machine> {
  const machine = createMachine({ HEX_API_URL: stub.apiUrl });
  stub.answer(({ method, path, body }) =>
    method === "POST" && path === "/keys"
      ? { status: 201, body: { name: JSON.parse(body).name, secret: "5ec2e7", permissions: [] } }
      : { status: 401, body: { status: 401, message: "missing authentication information" } },
  );
  const { code, stderr } = await runHexuser(
    ["auth", "--method", "password", "--username", "ada", "--password-stdin", "--local-password-stdin"],
    { machine, stdin: "a password\nopen sesame\n" },
  );
  expect(code, stderr).toBe(0);
  return machine;
}

const notOurs = /This isn't the answer of a Hex registry/;
const otp = ["--otp", "123456"];

type Row = readonly [of: "session" | "key" | "classic" | "nobody", args: readonly string[], stdin?: string];

const changes: readonly Row[] = [
  ["session", ["key", "revoke", "ci", ...otp]],
  ["session", ["deauth"]],
  ["nobody", ["reset_password", "account", "ada", "--no-browser"]],
  ["key", ["key", "revoke", "--all", "--yes"]],
  ["classic", ["deauth", "--local-password-stdin"], "open sesame\n"],
  ["classic", ["deauth"]],
];

const others: readonly Row[] = [
  ["session", ["whoami"]],
  ["session", ["key", "list"]],
  ["session", ["key", "generate", ...otp]],
  ["session", ["key", "revoke", "--all", "--yes", ...otp]],
  ["session", ["auth", "--method", "device"]],
  ["key", ["whoami"]],
  ["key", ["key", "list"]],
  ["key", ["key", "generate"]],
  ["key", ["key", "revoke", "ci"]],
  ["classic", ["key", "revoke", "laptop-api", "--local-password-stdin"], "open sesame\n"],
  [
    "nobody",
    ["register", "--username", "ada", "--email", "a@b.c", "--accept-terms", "--password-stdin"],
    "a password\n",
  ],
  ["nobody", ["auth", "--with-key"], "0123456789abcdef\n"],
  [
    "nobody",
    ["auth", "--method", "password", "--username", "ada", "--password-stdin", "--local-password-stdin"],
    "a password\nopen sesame\n",
  ],
];

const page: StubAnswer = { status: 200, body: "<!doctype html><h1>Welcome</h1>" };
const list: StubAnswer = { status: 200, body: [] };

describe("a server with the same answer for everything is not a registry", () => {
  const machines = {} as Record<Row[0], Machine>;
  beforeAll(async () => {
    machines.session = sessionMachine();
    machines.classic = await classicMachine();
    machines.key = createMachine({ HEX_API_URL: stub.apiUrl, HEX_API_KEY: "0123456789abcdef" });
    machines.nobody = createMachine({ HEX_API_URL: stub.apiUrl });
  });
  afterAll(() => {
    for (const machine of Object.values(machines)) machine.remove();
  });

  it.each([
    ["200 with a page", page, [...changes, ...others]],
    [
      "200 with []",
      list,
      [...changes, ...others.filter(([of, [, command]]) => of === "session" && command === "list")],
    ],
    ["200 with {}", { status: 200, body: {} }, changes],
    ["202", { status: 202 }, changes],
    ["204", { status: 204 }, changes.filter(([, [command]]) => command !== "reset_password")],
  ] as const)(
    "makes no command claim or lose anything: %s",
    async (_title, answer, rows) => {
      stub.answer(() => answer);
      for (const [of, args, stdin] of rows) {
        const machine = machines[of];
        const before = config(machine);
        const ended = await runHexuser(args, { machine, ...(stdin === undefined ? {} : { stdin }) });
        const seen = { args, code: ended.code, stdout: ended.stdout, stderr: ended.stderr };
        expect(seen).toMatchObject({ args, code: 6, stdout: "", stderr: expect.stringMatching(notOurs) });
        expect(config(machine)).toBe(before);
      }
    },
    120_000,
  );
});

describe("the end of a session", () => {
  const invalid = { status: 401, body: { status: 401, message: "invalid API key" } };
  const me = { status: 200, body: { username: "ada" } };

  async function signOut(machine: Machine, answers: Readonly<Record<string, StubAnswer>>) {
    stub.requests.length = 0;
    stub.answer(({ path }) => answers[path] ?? { status: 404, body: { message: "Page not found" } });
    const ended = await runHexuser(["deauth"], { machine });
    const kept = config(machine)?.includes("oauth_token") ?? false;
    machine.remove();
    return { ...ended, kept };
  }

  it("is reported when the registry refuses the access token", async () => {
    const answers = { "/oauth/revoke_by_hash": { status: 200 }, "/users/me": invalid };
    const ended = await signOut(sessionMachine(), answers);
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining("was ended"), kept: false });
    expect(stub.requests.map(({ path }) => path)).toEqual(["/oauth/revoke_by_hash", "/users/me"]);
  });

  it("is not reported while the access token works", async () => {
    const ended = await signOut(sessionMachine(), {
      "/oauth/revoke_by_hash": { status: 200 },
      "/users/me": me,
    });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/Still good at the registry: the session/);
    expect(ended.stderr).not.toContain("was ended");
  });

  it("needs more evidence than the refusal of an expired token", async () => {
    const answers = { "/oauth/revoke_by_hash": { status: 200 }, "/users/me": invalid };
    const token = (answer: StubAnswer) => ({ ...answers, "/oauth/token": answer });
    const over = await signOut(sessionMachine(-60), token({ status: 400, body: { error: "invalid_grant" } }));
    expect(over).toMatchObject({ code: 0, kept: false });
    const alive = await signOut(sessionMachine(-60), token({ status: 200, body: { refresh_token: "next" } }));
    expect(alive).toMatchObject({ code: 1 });
    const nothing = await signOut(sessionMachine(-60), token(page));
    expect(nothing).toMatchObject({ code: 6, kept: true, stderr: expect.stringMatching(notOurs) });
  });
});

describe("a message or an output", () => {
  const key = (value: string) => createMachine({ HEX_API_URL: stub.apiUrl, HEX_API_KEY: value });

  it.each([
    [
      { status: 401, body: { message: "API key revoked" } },
      /HEX_API_KEY was revoked or has expired[\s\S]*key generate/,
    ],
    [
      { status: 400, body: { message: "Bad request" } },
      /\(400\), as it does for an account that is deactivated/,
    ],
    [
      { status: 406, body: "<h1>Not acceptable</h1>" },
      /isn't the API of a Hex registry \(406\)[\s\S]*ends in \/api/,
    ],
  ])("%j", async (answer, message) => {
    stub.answer(() => answer);
    const machine = key("0123456789abcdef");
    expect((await runHexuser(["whoami"], { machine })).stderr).toMatch(message);
    machine.remove();
  });

  it("says at the sign-in that an address needs /api", async () => {
    stub.answer(() => ({ status: 406, body: "<h1>Not acceptable</h1>" }));
    const machine = createMachine({ HEX_API_URL: stub.apiUrl });
    const ended = await runHexuser(["auth", "--method", "device"], { machine });
    expect(ended).toMatchObject({ code: 6, stderr: expect.stringContaining("ends in /api") });
    machine.remove();
  });

  it("calls a token in HEX_API_KEY a token, which ends and isn't renewed", async () => {
    const claims = Buffer.from(JSON.stringify({ exp: 1_900_000_000 })).toString("base64url");
    const machine = key(`Bearer e30.${claims}.c2ln`);
    stub.answer(({ path }) =>
      path === "/keys"
        ? { status: 200, body: [{ name: "unrelated", authing_key: true }] }
        : { status: 200, body: { username: "ada" } },
    );
    const told = await runHexuser(["whoami", "--verbose"], { machine });
    expect(told.stderr).toContain("Signed in with a session from HEX_API_KEY");
    expect(told.stderr).toContain("good until 2030-03-17 17:46 UTC, and can't be renewed");
    const listed = await runHexuser(["key", "list", "--json"], { machine });
    expect(JSON.parse(listed.stdout).output.keys[0].inUse).toBe(false);
    const gone = await runHexuser(["deauth", "--backend", "env"], { machine });
    expect(gone.stderr).not.toContain("key that you brought");
    stub.answer(() => ({ status: 401, body: { message: "invalid API key" } }));
    const over = await runHexuser(["whoami"], { machine });
    expect(over.stderr).toMatch(
      /The token in HEX_API_KEY is not valid[\s\S]*expired[\s\S]*HEX_API_KEY another/,
    );
    machine.remove();
  });

  it("asks for another code after a 429 for wrong codes", async () => {
    stub.answer(() => ({
      status: 429,
      body: { message: "Too many failed two-factor authentication attempts. Please try again later." },
    }));
    const machine = sessionMachine();
    const ended = await runHexuser(["key", "revoke", "ci", ...otp], { machine });
    expect(ended).toMatchObject({ code: 4, stderr: expect.stringContaining("still accepts the right one") });
    expect(ended.stderr).not.toContain("wait");
    machine.remove();
  });

  it("suggests the site for keys that can't be in a path", async () => {
    const machine = key("0123456789abcdef");
    stub.requests.length = 0;
    const ended = await runHexuser(["key", "revoke", ".."], { machine });
    expect(ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/would revoke all[\s\S]*\/dashboard\/keys/),
    });
    expect(stub.requests).toEqual([]);
    machine.remove();
  });

  it("trusts the list and not the 500 after it revoked all keys", async () => {
    const machine = key("Basic YTpi");
    let left = [{ name: "a" }, { name: "b" }];
    const defect = { status: 500, body: { status: 500, message: "Internal server error" } };
    stub.answer(({ method, path }) => {
      if (path !== "/keys") return { status: 200, body: { username: "a" } };
      if (method !== "DELETE") return { status: 200, body: left };
      left = [];
      return defect;
    });
    const all = ["key", "revoke", "--all", "--yes"];
    const ended = await runHexuser(all, { machine });
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining("Revoked: a, b.") });
    stub.answer(({ method }) => (method === "DELETE" ? defect : { status: 200, body: [{ name: "a" }] }));
    const kept = await runHexuser(all, { machine });
    expect(kept).toMatchObject({ code: 6, stderr: expect.stringContaining("Still there: “a”") });
    machine.remove();
  });
});
