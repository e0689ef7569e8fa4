import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createMachine, type Machine } from "../hexuser-environment.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { type RunOptions, runHexuser, startHexuser } from "../run-hexuser.ts";
import { writeConfig } from "../setting.ts";
import { openTerminal } from "../terminal.ts";

// Two registries whose tokens look alike, because the same user has an account at both.
let a: TestRegistry;
let b: TestRegistry;
let username: string;
let machine: Machine;
/** The bodies and the authorizations of all requests that reached A. */
let received: string[] = [];
let proxy: { apiUrl: string; close(): void };

beforeAll(async () => {
  a = await startRegistry("current-basic-off");
  b = await startRegistry("current-basic-off");
  username = (await a.createAccount()).username;
  await b.createAccount();
  proxy = await passOnTo(a);
});
afterAll(async () => {
  proxy.close();
  await Promise.all([a.close(), b.close()]);
});
beforeEach(() => {
  machine = createMachine();
  received = [];
});
afterEach(() => {
  b.control.clearRequests();
  machine.remove();
});

/** A's address in these tests. It records requests and passes them on. */
async function passOnTo(registry: TestRegistry) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const body = Buffer.concat(chunks);
      received.push(`${request.method} ${request.url} ${request.headers.authorization ?? ""} ${body}`);
      const { host: _host, connection: _connection, ...headers } = request.headers;
      const answer = await fetch(registry.url + request.url, {
        method: request.method ?? "GET",
        headers: headers as Record<string, string>,
        ...(body.length === 0 ? {} : { body }),
      });
      response.writeHead(answer.status, {
        "content-type": answer.headers.get("content-type") ?? "application/json",
      });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const at = (registry: TestRegistry) => (registry === a ? proxy.apiUrl : registry.apiUrl);
const optionsAt = (registry: TestRegistry): RunOptions => ({
  machine: { ...machine, env: { ...machine.env, HEX_API_URL: at(registry) } },
});
const run = (registry: TestRegistry, ...args: string[]) => runHexuser(args, optionsAt(registry));
const config = () => readFileSync(machine.configPath, "utf8");

/** Signs in by the device flow, at an address of a registry. */
async function authAt(registry: TestRegistry, options: RunOptions, ...flags: string[]) {
  const auth = startHexuser(["auth", "--method", "device", ...flags], options);
  const [code] = await auth.told(/[A-Z0-9]{4}-[A-Z0-9]{4}/);
  registry.control.approveDevice(code.replace("-", ""), { username });
  return auth.ended;
}

/** Signs in as `mix hex.user auth` of 2.5.1 does: it sets its own entry and rewrites the others. */
function mixHexAuth(registry: TestRegistry) {
  const session = registry.control.openSession({ username });
  const others = config()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("{'$oauth_token'"));
  const expiresAt = Math.floor(Date.now() / 1000) + 1800;
  const term =
    `{'$oauth_token',#{access_token => <<"${session.accessToken}">>,expires_at => ${expiresAt},` +
    `refresh_token => <<"${session.refreshToken}">>}}.`;
  writeFileSync(machine.configPath, `${[...others, term].join("\n")}\n`);
  return session;
}

/** Checks that A received neither of the tokens, nor the hash that ends the session. */
function expectNotAtA(session: { accessToken: string; refreshToken: string }): void {
  for (const token of [session.accessToken, session.refreshToken]) {
    expect(received.filter((request) => request.includes(token))).toEqual([]);
  }
}

const settings = () =>
  [
    ["nothing", ""],
    ["A as the file's api_url", `{api_url,<<"${proxy.apiUrl}">>}.\n`],
  ] as const;

describe("a session of B with which mix hex replaced that of A", () => {
  it.each([0, 1])(
    "never reaches A, and can be used at B (with api_url: %s)",
    { timeout: 120_000 },
    async (index) => {
      writeConfig(machine, settings()[index]?.[1] ?? "");
      expect(await authAt(a, optionsAt(a))).toMatchObject({ code: 0 });
      expect((await run(a, "whoami")).stdout).toBe(`${username}\n`);
      const session = mixHexAuth(b);
      const before = config();
      received = [];
      for (const command of ["whoami", "deauth"]) {
        for (const flags of [[], ["--adopt-credentials"]]) {
          const { code, stdout, stderr } = await run(a, command, ...flags);
          expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
          expect(stderr).toContain("was signed by another registry");
        }
      }
      expect(received).toEqual([]);
      expect(config()).toBe(before);

      const asked = await run(b, "whoami", "--no-input");
      expect(asked).toMatchObject({ code: 4, stderr: expect.stringContaining("--adopt-credentials") });
      expect(b.control.requests().requests).toEqual([]);
      expect((await run(b, "whoami", "--adopt-credentials")).stdout).toBe(`${username}\n`);
      const refreshed = mixHexAuth(b);
      expect((await run(b, "whoami")).stdout).toBe(`${username}\n`);
      expect(await run(a, "whoami")).toMatchObject({
        code: 4,
        stderr: expect.stringContaining("No authenticated user found"),
      });
      expect(await run(a, "deauth")).toMatchObject({ code: 0, stderr: expect.stringContaining("Nobody") });
      expect(await run(b, "deauth")).toMatchObject({ code: 0, stderr: expect.stringContaining("ended") });
      expect(config()).not.toContain("$oauth_token");
      const answer = await fetch(`${b.apiUrl}/users/me`, {
        headers: { authorization: `Bearer ${refreshed.accessToken}`, "user-agent": "test" },
      });
      expect(answer.status).toBe(401);
      expect(received).toEqual([]);
      expectNotAtA(session);
    },
  );

  it("stays stored when somebody signs in to A again", { timeout: 120_000 }, async () => {
    await authAt(a, optionsAt(a));
    const session = mixHexAuth(b);
    expect(await authAt(a, optionsAt(a))).toMatchObject({ code: 0 });
    expect((await run(a, "whoami")).stdout).toBe(`${username}\n`);
    expect((await run(b, "whoami", "--adopt-credentials")).stdout).toBe(`${username}\n`);
    expect((await run(a, "whoami")).stdout).toBe(`${username}\n`);
    expectNotAtA(session);
  });
});

describe("a sign-in whose session has the key of another address", () => {
  const direct = (): RunOptions => ({
    machine: { ...machine, env: { ...machine.env, HEX_API_URL: a.apiUrl } },
  });
  const openSessions = async () =>
    Promise.all(
      [...config().matchAll(/access_token">> => <<"([^"]+)"/g)].map(async ([, token]) => {
        const headers = { authorization: `Bearer ${token}`, "user-agent": "test" };
        return (await fetch(`${a.apiUrl}/users/me`, { headers })).status;
      }),
    );

  it("is refused and ended, unless the person confirms that both are the same registry", {
    timeout: 120_000,
  }, async () => {
    await authAt(a, direct());
    const before = config();
    received = [];
    const refused = await authAt(a, optionsAt(a), "--no-input");
    expect(refused).toMatchObject({ code: 4, stdout: "" });
    expect(refused.stderr).toContain(new URL(a.apiUrl).origin);
    expect(refused.stderr).toContain("--same-registry");
    expect(received).toContainEqual(expect.stringMatching(/^POST \/api\/oauth\/revoke_by_hash/));
    expect(config()).toBe(before);
    expect(await authAt(a, optionsAt(a), "--same-registry")).toMatchObject({ code: 0 });
    expect((await run(a, "whoami")).stdout).toBe(`${username}\n`);
    expect(await openSessions()).toEqual([200, 200]);
  });

  it("asks on a terminal, and stops after a no", { timeout: 120_000 }, async () => {
    await authAt(a, direct());
    const before = config();
    const terminal = openTerminal(["auth", "--no-browser"], optionsAt(a));
    await terminal.expect("Waiting for your approval");
    const [code = ""] = /\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/.exec(terminal.transcript()) ?? [];
    a.control.approveDevice(code.replace("-", ""), { username });
    await terminal.expect("the same registry?");
    terminal.type("n\r");
    expect((await terminal.exit()).code).toBe(4);
    expect(config()).toBe(before);
    expect(received.filter((request) => request.includes("device_authorization"))).toHaveLength(1);
  });
});

describe("a plain key beside a bound session", () => {
  it("is reported, and used if the person confirms it", { timeout: 120_000 }, async () => {
    await authAt(a, optionsAt(a));
    const { secret } = a.control.createKey({ username, name: "plain" });
    writeFileSync(machine.configPath, `${config()}{api_key,<<"${secret}">>}.\n`);
    received = [];
    const told = await run(a, "whoami");
    expect(told).toMatchObject({
      code: 0,
      stdout: `${username}\n`,
      stderr: expect.stringContaining("api_key"),
    });
    expect(received.filter((request) => request.includes(secret))).toEqual([]);
    expect(await run(a, "whoami", "--adopt-credentials")).toMatchObject({ code: 0 });
    expect(received.filter((request) => request.includes(secret))).toHaveLength(1);
    expect(await run(a, "whoami")).toMatchObject({ code: 0, stdout: `${username}\n`, stderr: "" });
  });
});
