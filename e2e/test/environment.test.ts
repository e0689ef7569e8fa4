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
  it("HEX_API_KEY comes before what is kept", async () => {
    const other = await registry.createAccount();
    const { secret } = registry.control.createKey({ username: other.username, name: "ci" });
    const ended = await whoami({ HEX_API_KEY: secret });
    expect(ended.stdout).toBe(`${other.username}\n`);
    expect(ended.stderr).toContain("the key in HEX_API_KEY");
  });

  it("an explicit backend comes before HEX_API_KEY", async () => {
    const ended = await whoami({ HEX_API_KEY: "0".repeat(32) }, "--backend", "file");
    expect(ended.stdout).toBe(`${setting.account.username}\n`);
  });

  it("an empty one counts as absent", async () => {
    const ended = await whoami({ HEX_API_KEY: "", HEXUSER_PROFILE: "", HEX_OTP: "", HTTP_PROXY: "" });
    expect(ended.stdout).toBe(`${setting.account.username}\n`);
  });

  it("HEX_OFFLINE keeps it from the network", async () => {
    registry.control.clearRequests();
    const ended = await whoami({ HEX_OFFLINE: "1" });
    expect(ended.code).toBe(6);
    expect(ended.stderr).toMatch(/To fix: /);
    expect(registry.control.requests().requests).toEqual([]);
  });

  it("credentials go to no other registry", async () => {
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

  it("a profile has credentials of its own", async () => {
    const before = readdirSync(setting.machine.hexHome);
    const ended = await whoami({ HEXUSER_PROFILE: "work" });
    expect(ended.code).toBe(4);
    expect(readdirSync(setting.machine.hexHome)).toEqual(before);
  });
});

describe("the home directory", () => {
  it("is left alone where HEX_HOME says otherwise", async () => {
    await whoami({});
    expect(existsSync(join(setting.machine.home, ".hex"))).toBe(false);
  });

  it("holds ~/.hex where nothing else is said", async () => {
    mkdirSync(join(setting.machine.home, ".hex"));
    writeFileSync(join(setting.machine.home, ".hex", "hex.config"), "{");
    const ended = await whoami({ HEX_HOME: undefined });
    expect(ended.code).toBe(5);
    expect(ended.stderr).toContain(join(setting.machine.home, ".hex", "hex.config"));
  });
});

describe("output", () => {
  it("is quiet when asked to be", async () => {
    const ended = await runHexuser(["deauth", "--quiet"], { machine: setting.machine });
    expect(ended).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  it("tells where the credential is from when asked to be verbose, and no secret", async () => {
    const { stderr } = await whoami({}, "--verbose");
    expect(stderr).toContain(setting.machine.configPath);
    expect(stderr).not.toMatch(/bearer\s+\S{20}|eyJ/i);
  });

  it("shows the registry's text as text", async () => {
    const headers = { "x-hex-message": '"\\u001b[2Jgone"; level=warn' };
    registry.control.addFault({ path: "/api/users/me", headers, times: 1 });
    const { code, stderr } = await whoami({});
    expect(code).toBe(0);
    expect(stderr).not.toContain("\x1b");
  });

  it("of --version and --help is on stdout, and takes no home directory", async () => {
    for (const args of [["--version"], ["--help"], ["key", "generate", "--help"]]) {
      const ended = await runHexuser(args, { machine: setting.machine, env: { HEX_HOME: "/nonexistent" } });
      expect(ended).toMatchObject({ code: 0, stderr: "" });
      expect(ended.stdout).toMatch(/hexuser/);
    }
  });
});
