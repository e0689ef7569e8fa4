import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { hexuserPath } from "../hexuser-environment.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { runHexuser, startHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting, signInWithKey, writeConfig } from "../setting.ts";

let registry: TestRegistry;
let setting: Setting;
beforeAll(async () => {
  registry = await startRegistry("classic-2021");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
});
afterEach(() => {
  registry.control.clearFaults();
  setting.machine.remove();
});

const run = (args: readonly string[], stdin = "", env: Readonly<Record<string, string>> = {}) =>
  runHexuser(args, { machine: setting.machine, stdin, env });

/** Runs the program with a standard output whose reader has gone away. */
function runUnread(args: readonly string[], stdin = ""): Promise<{ code: number | null; stderr: string }> {
  const { env, home } = setting.machine;
  const child = spawn(hexuserPath, args, { cwd: home, env, stdio: ["pipe", "pipe", "pipe"] });
  child.stdout.destroy();
  child.stdin.end(stdin);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve({ code, stderr }));
  });
}

const keyNames = async () =>
  JSON.parse((await run(["key", "list", "--json"])).stdout).output.keys.map(
    ({ name }: { name: string }) => name,
  ) as string[];

describe("output without a reader", () => {
  beforeEach(async () => {
    await signInWithKey(setting);
  });

  it.each([[[]], [["--json"]]])(
    "is a failure that names the key if it contains a secret: %j",
    async (flags) => {
      const ended = await runUnread(["key", "generate", "--key-name", "ci server", ...flags]);
      expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining("The key “ci server”") });
      expect(ended.stderr).toContain("To fix: revoke what was made with `hexuser key revoke 'ci server'`");
      expect(ended.stderr).not.toMatch(/[0-9a-f]{32}/);
      expect(await keyNames()).toContain("ci server");
    },
  );

  const request = (id: number, method: string, input: object) => ({
    jsonrpc: "2.0",
    id,
    method,
    params: { input },
  });
  const make = request(1, "key.generate", { keyName: "ci server" });

  it.each([
    ["an answer", make],
    ["a batch", [request(2, "whoami", {}), make]],
  ])("is a failure of `serve` that names the key: %s", async (_, message) => {
    const ended = await runUnread(["serve", "--stdio"], `${JSON.stringify(message)}\n`);
    expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining("The key “ci server”") });
    expect(ended.stderr).toContain("To fix: revoke what was made with `hexuser key revoke 'ci server'`");
    expect(ended.stderr).not.toMatch(/[0-9a-f]{32}/);
    expect(await keyNames()).toContain("ci server");
  });

  it("is reported by `serve` if a key may have been made", async () => {
    registry.control.addFault({ method: "POST", path: "/api/keys", drop: "after" });
    const ended = await runUnread(["serve", "--stdio"], `${JSON.stringify(make)}\n`);
    expect(ended).toMatchObject({ code: 6, stderr: expect.stringContaining("may have made the change") });
    expect(ended.stderr).toContain("`hexuser key list` for the key “ci server”");
  });

  it("is a failure that names the keys of a sign-in with --backend env", async () => {
    const { account } = setting;
    const args = ["auth", "--backend", "env", "--username", account.username, "--password-stdin"];
    const ended = await runUnread([...args, "--key-name", "shell"], `${account.password}\n`);
    expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining("“shell-repositories”") });
    expect(ended.stderr).toContain("`hexuser key revoke shell-api`");
  });
  it("is a failure that mentions no session after a sign-in with a key", async () => {
    const { username } = setting.account;
    const { secret } = registry.control.createKey({
      username,
      name: "own",
      permissions: [{ domain: "api" }],
    });
    const ended = await runUnread(["auth", "--with-key", "--backend", "env"], `${secret}\n`);
    expect(ended.code, ended.stderr).toBe(5);
    expect(ended.stderr).toContain("The credentials of this sign-in are lost");
    expect(ended.stderr).not.toContain("session");
  });

  it.each([[["whoami"]], [["key", "list"]], [["key", "list", "--json"]]])(
    "isn't a failure if the output can be had again: %j",
    async (args) => {
      expect(await runUnread(args)).toEqual({ code: 0, stderr: "" });
    },
  );
});

describe("a change whose answer was lost", () => {
  it.each(["before", "after"] as const)(
    "may have been made: dropped %s the registry did it",
    async (drop) => {
      await signInWithKey(setting);
      registry.control.addFault({ method: "POST", path: "/api/keys", drop });
      const { code, stdout } = await run(["key", "generate", "--key-name", "ci", "--json"]);
      expect(code).toBe(6);
      expect(JSON.parse(stdout).failure).toMatchObject({
        code: "network_unreachable",
        message: expect.stringContaining("may have made the change"),
        hint: expect.stringContaining("`hexuser key list`"),
        details: { mayHaveHappened: true },
      });
      expect((await keyNames()).includes("ci")).toBe(drop === "after");
    },
  );

  it("names the key that a sign-in may have left after the time limit", async () => {
    const { account } = setting;
    registry.control.addFault({ method: "POST", path: "/api/keys", headers: { "x-first": "1" } });
    registry.control.addFault({ method: "POST", path: "/api/keys", delayMs: 60_000 });
    const args = ["auth", "--username", account.username, "--password-stdin", "--local-password-stdin"];
    const ended = await run(
      [...args, "--key-name", "laptop", "--timeout", "5"],
      `${account.password}\nlocal password\n`,
    );
    expect(ended.code).toBe(6);
    expect(ended.stderr).toContain("may have made the change");
    expect(ended.stderr).toMatch(/^To fix: .*“laptop-api-read”.*revoke it/m);
    expect(ended.stderr).not.toContain("“laptop-api”");
  });

  it("may have happened if the person interrupts the request", async () => {
    await signInWithKey(setting);
    registry.control.addFault({ method: "POST", path: "/api/keys", delayMs: 60_000 });
    const running = startHexuser(["key", "generate", "--key-name", "ci"], { machine: setting.machine });
    await vi.waitUntil(() => registry.control.faults().length === 0, 20_000);
    running.kill("SIGINT");
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toContain("Interrupted: the registry may have made the change nevertheless.");
    expect(stderr).toMatch(/^To fix: .*`hexuser key list` for the key “ci”/m);
  });

  it("has not happened if nobody answers at all", async () => {
    await signInWithKey(setting);
    const gone = await startRegistry("classic-2021");
    await gone.close();
    const env = { HEX_API_URL: gone.apiUrl, HEX_API_KEY: "k" };
    const { stdout } = await run(["key", "generate", "--json"], "", env);
    expect(JSON.parse(stdout).failure.details?.mayHaveHappened).toBeUndefined();
  });
});

describe("HEX_API_KEY", () => {
  const makeKey = () =>
    registry.control.createKey({
      username: setting.account.username,
      name: "ci",
      permissions: [{ domain: "api" }],
    }).secret;

  it("may end in a line break, like files of secrets", async () => {
    expect(await run(["whoami"], "", { HEX_API_KEY: `${makeKey()}\r\n` })).toMatchObject({
      code: 0,
      stdout: `${setting.account.username}\n`,
    });
  });

  it.each([["--json"], ["--verbose"]])(
    "is refused without being shown if it can't be a key (%s)",
    async (flag) => {
      for (const args of [["whoami"], ["whoami", "--backend", "env"], ["key", "list"]]) {
        const ended = await run([...args, flag], "", { HEX_API_KEY: "s3crét" });
        expect(ended).toMatchObject({ code: 2 });
        expect(ended.stdout + ended.stderr).toContain("HEX_API_KEY");
        expect(ended.stdout + ended.stderr).not.toContain("s3cr");
      }
    },
  );

  it("stays in the environment after key revoke --backend env, which says so", async () => {
    const secret = makeKey();
    const ended = await run(["key", "revoke", "ci", "--backend", "env"], "", { HEX_API_KEY: secret });
    expect(ended).toMatchObject({ code: 0, stdout: "" });
    expect(ended.stderr).toContain("The key in HEX_API_KEY is revoked now: unset it.");
  });

  it("is enough despite an unreadable hex.config if the person names the registry", async () => {
    const env = { HEX_API_KEY: makeKey() };
    writeConfig(setting.machine, "{");
    const ended = await run(["whoami"], "", env);
    expect(ended).toMatchObject({ code: 0, stdout: `${setting.account.username}\n` });
    expect(ended.stderr).toMatch(/^Warning: .*hex\.config.*not used/);
    expect(readFileSync(setting.machine.configPath, "utf8")).toBe("{");
    const unnamed = await runHexuser(["whoami"], {
      machine: setting.machine,
      env: { ...env, HEX_API_URL: undefined },
    });
    expect(unnamed).toMatchObject({ code: 5, stdout: "" });
  });
});

describe("auth --backend env", () => {
  it("makes only keys that it prints, and no key if it can't print", async () => {
    const { account } = setting;
    const secret = await signInWithKey(setting);
    const args = ["auth", "--backend", "env", "--username", account.username, "--password-stdin"];
    const ended = await run([...args, "--key-name", "shell"], `${account.password}\n`);
    expect(ended).toMatchObject({ code: 0 });
    expect((await keyNames()).filter((name) => name.startsWith("shell"))).toEqual([
      "shell-api",
      "shell-repositories",
    ]);
    registry.control.clearRequests();
    const refused = await run([...args, "--json"], `${account.password}\n`);
    expect(JSON.parse(refused.stdout).failure).toMatchObject({ code: "storage_write_failed" });
    expect(registry.control.requests().requests).toEqual([]);
    expect(secret).not.toBe("");
  });
});

describe("names with a line break", () => {
  it("stay on one line", async () => {
    await signInWithKey(setting);
    const made = await run(["key", "generate", "--key-name", "one\nTo fix: nothing"]);
    expect(made.stderr).toContain("The key one\\u000aTo fix: nothing was made.");
    const gone = await run(["key", "revoke", "two\nTo fix: nothing"]);
    expect(gone.stderr).toContain("There is no key “two\\nTo fix: nothing”.");
  });
});

describe("a registry without accounts", () => {
  it.each([
    [["key", "list"]],
    [["key", "generate"]],
    [["key", "revoke", "ci"]],
    [["key", "revoke", "--all", "--yes"]],
    [["whoami"]],
    [["reset_password", "account", "eric"]],
  ])("is recognized: %j", async (args) => {
    registry.control.addFault({ path: "/api/*", status: 404, body: { status: 404 }, times: 20 });
    const { code, stdout } = await run([...args, "--json"], "", { HEX_API_KEY: "k" });
    expect([code, JSON.parse(stdout).failure.code]).toEqual([1, "not_supported"]);
  });
});

describe("concurrent backend use", () => {
  it("keeps the choice of every profile", async () => {
    const profiles = Array.from({ length: 8 }, (_, index) => `p${index}`);
    const ended = await Promise.all(
      profiles.map((profile) => run(["backend", "use", "env", "--profile", profile])),
    );
    expect(ended.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual(profiles.map(() => 0));
    const path = join(setting.machine.home, ".config", "hexuser", "settings.json");
    expect(Object.keys(JSON.parse(readFileSync(path, "utf8"))).sort()).toEqual(profiles);
  });
});
