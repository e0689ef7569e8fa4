import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openBrowser } from "hexuser/open-browser";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hexuserPath } from "../hexuser-environment.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { itWith, processFiles } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting } from "../setting.ts";

let registry: TestRegistry;
let setting: Setting;
beforeAll(async () => {
  registry = await startRegistry("classic-2021");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
});
afterEach(() => setting.machine.remove());

const treeFile = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Tells whether a process listens on a port. */
function listens(pid: number): boolean {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  const lines = ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "utf8").split("\n"),
  );
  const rows = lines.map((line) => line.trim().split(/\s+/));
  return rows.some((row) => row[3] === "0A" && sockets.has(row[9] ?? ""));
}

describe("SIGUSR1", () => {
  const programs = {
    "hexuser as it is installed": [hexuserPath],
    "the bin of the working tree": [treeFile("node_modules/.bin/hexuser")],
    "the program as npm starts it": [process.execPath, treeFile("packages/cli/dist/main.js")],
  };
  itWith(processFiles)(
    "opens no debugger, and doesn't end hexuser",
    async () => {
      for (const [title, [command = "", ...args]] of Object.entries(programs)) {
        const child = spawn(command, [...args, "serve", "--stdio"], { env: setting.machine.env });
        try {
          const lines: string[] = [];
          const answered = async (id: number) => {
            child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method: "nothing" })}\n`);
            while (lines.join("").split("\n").length <= id) {
              const [chunk] = await Promise.race([
                once(child.stdout, "data"),
                once(child, "close").then(() => []),
              ]);
              if (chunk === undefined) throw new Error(`${title} ended`);
              lines.push(String(chunk));
            }
          };
          await answered(1);
          child.kill("SIGUSR1");
          await answered(2);
          child.kill("SIGUSR1");
          await answered(3);
          expect({ title, listens: listens(child.pid ?? 0) }).toEqual({ title, listens: false });
        } finally {
          child.kill("SIGKILL");
        }
      }
    },
    180_000,
  );
});

describe("the program that opens a page", () => {
  itWith(processFiles)(
    "gets the variables that it needs, and no secret",
    async () => {
      const folder = join(setting.machine.home, "commands");
      const dump = join(setting.machine.home, "dump");
      mkdirSync(folder);
      writeFileSync(join(folder, "firefox"), `#!/bin/sh\nenv > ${dump}.new && mv ${dump}.new ${dump}\n`);
      chmodSync(join(folder, "firefox"), 0o755);
      const env = {
        ...{
          PATH: `${folder}:/usr/bin:/bin`,
          DISPLAY: ":9",
          WSL_INTEROP: "/run/wsl",
          DESKTOP_SESSION: "gnome",
        },
        ...{ BROWSER: "firefox", HEX_OTP: "canary1", HEX_API_KEY: "canary2", HEX_REPOS_KEY: "canary3" },
        ...{ HEXUSER_ACCOUNT_PASSWORD: "canary4", hexpm_api_key: "canary5", NODE_OPTIONS: "--canary6" },
        ...{
          https_proxy: "http://ada:canary7@proxy:3128",
          ALL_PROXY: "ada:can@ary8@proxy:1080",
          no_proxy: "a,b",
        },
      };
      // Use macOS's rule: on Linux, no page opens in a container, and this may be one.
      expect(openBrowser("https://example.org/", () => {}, env, "darwin")).toBe(true);
      await expect.poll(() => existsSync(dump), { timeout: 20_000 }).toBe(true);
      const seen = readFileSync(dump, "utf8");
      expect(seen).not.toMatch(/canary|ary8/);
      for (const name of [
        "DISPLAY=:9",
        "WSL_INTEROP=",
        "DESKTOP_SESSION=gnome",
        "BROWSER=firefox",
        "no_proxy=a,b",
      ]) {
        expect(seen).toContain(name);
      }
      expect(seen).toContain("https_proxy=http://proxy:3128");
    },
    180_000,
  );
});

describe("an empty HOME", () => {
  it("reads and writes nothing in the working directory", async () => {
    const { machine, account } = setting;
    const { secret } = registry.control.createKey({ username: account.username, name: "homeless" });
    const env = { HOME: "", HEX_HOME: "", XDG_CONFIG_HOME: "", HEX_API_KEY: secret };
    const ended = await runHexuser(["key", "list"], { machine, env });
    expect(ended).toMatchObject({ code: 0 });
    expect(readdirSync(machine.home)).toEqual([]);
  }, 180_000);
});

describe("secrets that others can read", () => {
  it("cause a warning, and a short new local password is refused", async () => {
    const { machine, account } = setting;
    const signIn = ["auth", "--username", account.username, "--password-stdin", "--local-password-stdin"];
    for (const short of ["", "1234567"]) {
      const stdin = `${account.password}\n${short}\n`;
      expect(await runHexuser(signIn, { machine, stdin })).toMatchObject({ code: 2 });
    }
    expect(existsSync(machine.configPath)).toBe(false);
    const stdin = `${account.password}\n12345678\n`;
    expect(await runHexuser(signIn, { machine, stdin })).toMatchObject({ code: 0 });
    chmodSync(machine.hexHome, 0o755);
    chmodSync(machine.configPath, 0o644);
    const warned = await runHexuser(["whoami"], { machine });
    expect(warned.stderr).toContain(`chmod 600 ${machine.configPath}`);
    chmodSync(machine.hexHome, 0o700);
    expect((await runHexuser(["whoami"], { machine })).stderr).toBe("");
    const answers = join(machine.home, "answers.json");
    writeFileSync(answers, '{"newLocalPassword":"1234567"}', { mode: 0o644 });
    const call = '{"operation":"reset_password.local","input":{}}';
    const run = await runHexuser(["run", "-", "--yes", "--secrets-from", answers], { machine, stdin: call });
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining(`chmod 600 ${answers}`) });
    expect(run.stderr).toContain("must have at least 8 characters");
  }, 180_000);
});
