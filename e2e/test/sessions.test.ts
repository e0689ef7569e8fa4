import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting, signIn, writeConfig } from "../setting.ts";
import { openTerminal } from "../terminal.ts";

let registry: TestRegistry;
let setting: Setting;
beforeAll(async () => {
  registry = await startRegistry("current-basic-off");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
});
afterEach(() => {
  registry.control.clearFaults();
  registry.control.clearRequests();
  registry.control.moveClock({ offset: 0 });
  setting.machine.remove();
});

const run = (args: readonly string[], stdin?: string) =>
  runHexuser(args, { machine: setting.machine, ...(stdin === undefined ? {} : { stdin }) });
const refreshes = () => registry.control.requests().counts["POST /api/oauth/token"] ?? 0;
const config = () => readFileSync(setting.machine.configPath, "utf8");

/** Stores a session in the file, as mix hex does. Its token expires in that many seconds. */
function leaveSession(secondsLeft: number, lifetimes: { refreshTokenLifetime?: number } = {}): void {
  const { accessToken, refreshToken } = registry.control.openSession({
    username: setting.account.username,
    scope: "api repositories",
    accessTokenLifetime: Math.max(0, secondsLeft),
    ...lifetimes,
  });
  const expiresAt = Math.floor(Date.now() / 1000) + secondsLeft;
  writeConfig(
    setting.machine,
    `{'$oauth_token',#{access_token => <<"${accessToken}">>,expires_at => ${expiresAt},` +
      `refresh_token => <<"${refreshToken}">>}}.\n{api_url,<<"${registry.apiUrl}">>}.\n`,
  );
}

describe("a session", () => {
  it("is refreshed only once when twenty processes find it expired", { timeout: 120_000 }, async () => {
    leaveSession(-10);
    const ended = await Promise.all(Array.from({ length: 20 }, () => run(["whoami"])));
    expect(ended.map(({ code, stdout, stderr }) => ({ code, stdout, stderr }))).toEqual(
      Array(20).fill({ code: 0, stdout: `${setting.account.username}\n`, stderr: "" }),
    );
    expect(refreshes()).toBe(1);
  });

  it("survives an answer to its refresh after the time limit", async () => {
    leaveSession(-10);
    registry.control.addFault({ path: "/api/oauth/token", delayMs: 2_500 });
    const ended = await run(["whoami", "--timeout", "2"]);
    expect(ended).toMatchObject({ code: 0, stdout: `${setting.account.username}\n` });
    expect(await run(["whoami"])).toMatchObject({ code: 0 });
    expect(refreshes()).toBe(1);
  });

  it("keeps its tokens while the registry fails, and continues afterwards", async () => {
    leaveSession(-10);
    const before = config();
    registry.control.addFault({ path: "/api/oauth/token", status: 503 });
    expect((await run(["whoami"])).code).toBe(6);
    expect(config()).toBe(before);
    registry.control.clearFaults();
    expect((await run(["whoami"])).stdout).toBe(`${setting.account.username}\n`);
  });

  it("ends when the registry says so, and the failure tells what to do", async () => {
    leaveSession(-10);
    for (let newer = 0; newer < 5; newer += 1) {
      registry.control.openSession({ username: setting.account.username });
    }
    const { code, stderr } = await run(["whoami"]);
    expect(code).toBe(4);
    expect(stderr).toContain("The session has ended.");
    expect(stderr).toContain("hexuser auth");
  });

  it("ends when its tokens were revoked elsewhere, after one refresh", async () => {
    leaveSession(1800);
    const token = /access_token => <<"([^"]+)"/.exec(config())?.[1] ?? "";
    const revoked = await fetch(`${registry.apiUrl}/oauth/revoke`, {
      method: "POST",
      headers: { "user-agent": "test", "content-type": "application/json" },
      body: JSON.stringify({ token, client_id: "78ea6566-89fd-481e-a1d6-7d9d78eacca8" }),
    });
    expect(revoked.status).toBe(200);
    registry.control.clearRequests();
    const { code, stderr } = await run(["whoami"]);
    expect(code).toBe(4);
    expect(stderr).toContain("The session has ended.");
    expect(registry.control.requests().counts).toEqual({
      "GET /api/users/me": 1,
      "POST /api/oauth/token": 1,
    });
  });

  it.each([-3600, 3600])("works on a machine whose clock is off by %i seconds", async (offset) => {
    registry.control.moveClock({ offset });
    await signIn(setting);
    expect((await run(["whoami"])).stdout).toBe(`${setting.account.username}\n`);
  });

  it("is stored where mix hex reads it, under binary keys, and follows a refresh of mix hex", async () => {
    leaveSession(-10);
    await run(["whoami"]);
    expect(config()).toContain('<<"access_token">> =>');
    leaveSession(1800);
    expect((await run(["whoami"])).code).toBe(0);
  });

  it("allows no fourth wrong code", async () => {
    await signIn(setting);
    const terminal = openTerminal(["key", "generate", "--permission", "api"], { machine: setting.machine });
    for (let tries = 0; tries < 3; tries += 1) {
      await terminal.expect("? Two-factor code");
      terminal.type("000000\r");
      await terminal.expect("•");
    }
    expect((await terminal.exit()).code).toBe(4);
    expect(terminal.transcript()).toContain("The two-factor code is wrong");
  });

  it("doesn't wait and repeat after too many wrong codes", async () => {
    await signIn(setting);
    for (let wrong = 0; wrong < 5; wrong += 1) await run(["key", "generate", "--otp", "000000"]);
    registry.control.clearRequests();
    const { code, stderr } = await run(["key", "generate", "--otp", "000000"]);
    expect(code).toBe(4);
    expect(stderr).toContain("To fix:");
    expect(registry.control.requests().counts["POST /api/keys"]).toBe(1);
  });

  it("names the switches for a code if nobody can answer", async () => {
    await signIn(setting);
    const { code, stderr } = await run(["key", "generate"]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/--otp.*HEX_OTP|HEX_OTP.*--otp/);
  });
});

describe("a code that a person has to approve", () => {
  it("expires", async () => {
    const terminal = openTerminal(["auth"], { machine: setting.machine });
    await terminal.expect("Waiting for your approval");
    const [code = ""] = /\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/.exec(terminal.transcript()) ?? [];
    registry.control.expireDevice(code.replace("-", ""));
    expect((await terminal.exit()).code).toBe(4);
    expect(terminal.transcript()).toContain("hexuser auth");
  });

  it("is polled at the interval of the registry", async () => {
    const terminal = openTerminal(["auth"], { machine: setting.machine });
    await terminal.expect("Waiting for your approval");
    registry.control.addFault({
      path: "/api/oauth/token",
      times: 1,
      status: 400,
      body: { error: "slow_down", error_description: "slower" },
    });
    const [code = ""] = /\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/.exec(terminal.transcript()) ?? [];
    await new Promise((resolve) => setTimeout(resolve, 1500));
    registry.control.approveDevice(code.replace("-", ""), { username: setting.account.username });
    expect((await terminal.exit()).code).toBe(0);
    expect(refreshes()).toBeLessThanOrEqual(3);
  });

  it("waits without a terminal if requested, and ends at once otherwise", async () => {
    const refused = await run(["auth"]);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain("--method device");
    const waiting = run(["auth", "--method", "device", "--json"]);
    await expect
      .poll(() => registry.control.requests().counts["POST /api/oauth/device_authorization"], {
        timeout: 20_000,
      })
      .toBe(1);
    const { requests } = registry.control.requests();
    expect(requests.at(-1)?.status).not.toBe(500);
    registry.control.addFault({ path: "/api/oauth/token", status: 403, body: { error: "access_denied" } });
    const { code, stdout } = await waiting;
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, failure: { code: "authentication_refused" } });
  });
});

describe("a session with a scope", () => {
  it("keeps it, tells it, and tells who needs more how to get it", { timeout: 120_000 }, async () => {
    const terminal = openTerminal(["auth", "--scope", "api:read"], { machine: setting.machine });
    await terminal.expect("Waiting for your approval");
    const [code = ""] = /\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/.exec(terminal.transcript()) ?? [];
    expect(registry.control.device(code).scope).toBe("api:read");
    registry.control.approveDevice(code, { username: setting.account.username });
    expect((await terminal.exit()).code).toBe(0);
    expect(terminal.transcript()).toContain("This session may do only this: api:read.");
    registry.control.createOrganization({ name: "acme", owner: setting.account.username });
    registry.control.createPackage({ name: "wheel", repository: "acme", owner: setting.account.username });
    const told = async () => (await run(["whoami", "--verbose"])).stderr;
    expect(await told()).toMatch(/It may do this: api:read\.\n.*Organizations: acme \(admin\)\./);
    // The token has expired, and the new one may do no more.
    registry.control.moveClock({ advance: 1801 });
    expect(await told()).toContain("It may do this: api:read.");
    const refused = await run(["key", "generate", "ci"]);
    expect(refused).toMatchObject({ code: 4, stdout: "" });
    expect(refused.stderr).toMatch(
      /It may do only this: api:read\.\nTo fix: sign in again with `hexuser auth`/,
    );
    const completed = await run(["--complete", "fish", "=", "key", "generate", "--permission"]);
    expect(completed.stdout.split("\n")).toEqual(
      expect.arrayContaining(["api:read", "repository:acme", "package:acme/wheel"]),
    );
  });
});

describe("signing in again", () => {
  it("ends the previous session", async () => {
    await signIn(setting);
    const old = config();
    const terminal = openTerminal(["auth"], { machine: setting.machine });
    await terminal.expect("Waiting for your approval");
    const [code = ""] = /\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/.exec(terminal.transcript()) ?? [];
    registry.control.approveDevice(code.replace("-", ""), { username: setting.account.username });
    expect((await terminal.exit()).code).toBe(0);
    writeConfig(setting.machine, old);
    expect((await run(["whoami"])).code).toBe(4);
  });
});
