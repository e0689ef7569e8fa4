import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting, signIn } from "../setting.ts";

let registry: TestRegistry;
let setting: Setting;
beforeAll(async () => {
  registry = await startRegistry("current-basic-off");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
  await signIn(setting);
});
afterEach(() => setting.machine.remove());

const whoami = (env: Readonly<Record<string, string | undefined>>, ...args: string[]) =>
  runHexuser(["whoami", ...args], { machine: setting.machine, env });

describe("variables of Node", () => {
  it("NODE_OPTIONS runs nothing", async () => {
    const hook = join(setting.machine.home, "hook.cjs");
    const trace = join(setting.machine.home, "trace");
    writeFileSync(hook, `require("node:fs").writeFileSync(${JSON.stringify(trace)}, "")`);
    const ended = await whoami({ NODE_OPTIONS: `--require ${hook}` });
    expect(ended).toMatchObject({ code: 0, stdout: `${setting.account.username}\n`, stderr: "" });
    expect(existsSync(trace)).toBe(false);
  });

  it("NODE_DEBUG prints nothing", async () => {
    expect((await whoami({ NODE_DEBUG: "http,http2,https,tls,net,fetch,undici" })).stderr).toBe("");
  });
});

describe("variables of hexuser", () => {
  it("HEX_API_KEY overrides stored credentials", async () => {
    const other = await registry.createAccount();
    const { secret } = registry.control.createKey({ username: other.username, name: "ci" });
    const ended = await whoami({ HEX_API_KEY: secret });
    expect(ended.stdout).toBe(`${other.username}\n`);
    expect(ended.stderr).toContain("the key in HEX_API_KEY");
  });

  it("HEX_API_KEY needs no settings, but nothing is stored as long as they can't be read", async () => {
    const { machine, account } = setting;
    const { secret } = registry.control.createKey({ username: account.username, name: "ci" });
    const directory = join(machine.home, ".config", "hexuser");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "settings.json"), "{");
    const env = { XDG_CONFIG_HOME: join(machine.home, ".config") };
    expect(await whoami({ ...env, HEX_API_KEY: secret })).toMatchObject({
      ...{ code: 0, stdout: `${account.username}\n` },
      stderr: expect.stringMatching(/can't be read. Only the key in HEX_API_KEY is used./),
    });
    expect(await whoami(env)).toMatchObject({ code: 5, stdout: "" });
    const signedOut = await runHexuser(["deauth"], { machine, env: { ...env, HEX_API_KEY: secret } });
    expect(signedOut.code).toBe(5);
  });

  it("a damaged hex.config is listed as one, beside the other places", async () => {
    const { machine } = setting;
    writeFileSync(machine.configPath, "{damaged");
    const listed = await runHexuser(["backend", "list", "--json"], { machine, env: { HEX_API_URL: "" } });
    expect(listed.code).toBe(0);
    const { backends } = JSON.parse(listed.stdout).output;
    expect(backends).toContainEqual(expect.objectContaining({ name: "file", inUse: true, usable: false }));
    expect(backends.length).toBeGreaterThan(1);
  });

  it("an explicit backend overrides HEX_API_KEY", async () => {
    const ended = await whoami({ HEX_API_KEY: "0".repeat(32) }, "--backend", "file");
    expect(ended.stdout).toBe(`${setting.account.username}\n`);
  });

  it("an empty variable counts as unset", async () => {
    const ended = await whoami({ HEX_API_KEY: "", HEXUSER_PROFILE: "", HEX_OTP: "", HTTP_PROXY: "" });
    expect(ended.stdout).toBe(`${setting.account.username}\n`);
  });

  it("HEX_OFFLINE prevents network requests", async () => {
    registry.control.clearRequests();
    const ended = await whoami({ HEX_OFFLINE: "1" });
    expect(ended.code).toBe(6);
    expect(ended.stderr).toMatch(/To fix: /);
    expect(registry.control.requests().requests).toEqual([]);
  });

  it("credentials don't go to another registry", async () => {
    const other = await startRegistry("current");
    try {
      const ended = await whoami({ HEX_API_URL: other.apiUrl });
      expect(ended.code).toBe(4);
      const sent = other.control.requests().requests.filter(({ authorization }) => authorization !== "none");
      expect(sent).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it("a profile has its own credentials", async () => {
    const before = readdirSync(setting.machine.hexHome);
    const ended = await whoami({ HEXUSER_PROFILE: "work" });
    expect(ended.code).toBe(4);
    expect(readdirSync(setting.machine.hexHome)).toEqual(before);
  });
});

describe("the home directory", () => {
  it("stays untouched if HEX_HOME names another directory", async () => {
    await whoami({});
    expect(existsSync(join(setting.machine.home, ".hex"))).toBe(false);
  });

  it("contains ~/.hex by default", async () => {
    mkdirSync(join(setting.machine.home, ".hex"));
    writeFileSync(join(setting.machine.home, ".hex", "hex.config"), "{");
    const ended = await whoami({ HEX_HOME: undefined });
    expect(ended.code).toBe(5);
    expect(ended.stderr).toContain(join(setting.machine.home, ".hex", "hex.config"));
  });
});

describe("output", () => {
  it("is silent with --quiet", async () => {
    const ended = await runHexuser(["deauth", "--quiet"], { machine: setting.machine });
    expect(ended).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  it("tells the origin of the credential with --verbose, but no secret", async () => {
    const { stderr } = await whoami({}, "--verbose");
    expect(stderr).toContain(setting.machine.configPath);
    expect(stderr).not.toMatch(/bearer\s+\S{20}|eyJ/i);
  });

  it("escapes the registry's text", async () => {
    const headers = { "x-hex-message": '"\\u001b[2Jgone"; level=warn' };
    registry.control.addFault({ path: "/api/users/me", headers, times: 1 });
    const { code, stderr } = await whoami({});
    expect(code).toBe(0);
    expect(stderr).not.toContain("\x1b");
  });

  it("of --version and --help goes to stdout, and needs no home directory", async () => {
    for (const args of [["--version"], ["--help"], ["key", "generate", "--help"]]) {
      const ended = await runHexuser(args, { machine: setting.machine, env: { HEX_HOME: "/nonexistent" } });
      expect(ended).toMatchObject({ code: 0, stderr: "" });
      expect(ended.stdout).toMatch(/hexuser/);
    }
  });
});
