import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { type Sandbox, startSandbox } from "@hexuser/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const program = join(import.meta.dirname, "../bin/hexuser");

describe("the program as a process", () => {
  let sandbox: Sandbox;
  let home: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    sandbox = await startSandbox({ kind: "classic-2021", settings: { confirmEmails: false } });
    await sandbox.control.createUser({ username: "eric", password: "open sesame" });
    home = mkdtempSync(join(tmpdir(), "hexuser-cli-"));
    env = { PATH: process.env.PATH ?? "", HOME: home, HEX_API_URL: sandbox.apiUrl };
  });

  afterAll(async () => {
    await sandbox.close();
    rmSync(home, { recursive: true, force: true });
  });

  const start = (args: readonly string[], more: Record<string, string> = {}) =>
    watch(spawn(program, args, { env: { ...env, ...more }, stdio: "pipe" }));

  /** Runs a line of shell in which `$0` is the program. */
  const shell = (line: string) => watch(spawn("sh", ["-c", line, program], { env, stdio: "pipe" })).ended;

  function watch(child: ChildProcessWithoutNullStreams) {
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      child.on("close", (code) => resolve({ code, stdout, stderr }));
    });
    return { child, ended };
  }

  function run(args: readonly string[], stdin = "", more: Record<string, string> = {}) {
    const { child, ended } = start(args, more);
    child.stdin.end(stdin);
    return ended;
  }

  it("signs in from a pipe that stays open, as soon as it has enough lines", async () => {
    const { child, ended } = start([
      "register",
      "--username",
      "anna",
      "--email",
      "a@x.org",
      "--accept-terms",
      "--password-stdin",
    ]);
    child.stdin.write("open sesame\n");
    expect(await ended).toMatchObject({ code: 0, stdout: "" });
  });

  it("writes data to stdout, and everything else to stderr", async () => {
    const signIn = ["auth", "--username", "eric", "--password-stdin", "--local-password-stdin"];
    expect(await run(signIn, "open sesame\nlocal password\n")).toMatchObject({ code: 0, stdout: "" });
    expect(await run(["whoami"])).toEqual({ code: 0, stdout: "eric\n", stderr: "" });
    const made = await run(["key", "generate", "--password-stdin", "--key-name", "ci"], "open sesame\n");
    expect(made.stdout).toMatch(/^[0-9a-f]{32}\n$/);
    expect(made.stderr).toContain("The key ci was made.");
    expect(made.stderr).not.toContain(made.stdout.trim());
  });

  it.each([
    [["whoami", "--profile", "none"], 4, "authentication_required"],
    [["whoami", "--flag-that-is-none"], 2, "invalid_input"],
    [["whoami", "too", "many"], 2, "invalid_input"],
    [["whomai"], 2, "invalid_input"],
    [["key"], 2, "invalid_input"],
    [["key", "revoke", "--all"], 2, "confirmation_required"],
    [["register", "--quiet"], 2, "invalid_input"],
    [["whoami", "--backend", "cloud"], 2, "invalid_input"],
  ])("prints one JSON document for %j, and ends with %i", async (args, code, failureCode) => {
    const ended = await run([...args, "--json"]);
    expect(ended).toMatchObject({ code, stderr: "" });
    const { failure } = JSON.parse(ended.stdout);
    expect(failure).toMatchObject({ code: failureCode, hint: expect.stringMatching(/^To fix: /) });
  });

  it.each([
    ["wizard regster", "The wizard has no flow “regster”.", "`hexuser wizard register`"],
    ["wizard keys auth", "got an argument too many", "--help"],
    ["wizard --acessible", "There is no flag --acessible", "--accessible"],
    ["--profile work wizard reset-password", "needs a terminal", "`hexuser reset_password local`"],
    ["wizard --json", "needs a terminal", "the commands instead"],
    ["wizard --dry-run", "can't tell beforehand", "leave out --dry-run"],
  ])("refuses `hexuser %s` if nobody can be asked, and says what to do", async (line, message, hint) => {
    const ended = await run(line.split(" "));
    expect(ended.code).toBe(2);
    const told = ended.stdout + ended.stderr;
    expect(told).toContain(message);
    expect(told).toContain(hint);
  });

  it("never repeats a secret in the wrong place", async () => {
    for (const args of [
      ["whoami", "hunter2"],
      ["auth", "--password", "hunter2"],
      ["auth", "--password=hunter2"],
    ]) {
      const { stdout, stderr } = await run(args);
      expect(stdout + stderr).not.toContain("hunter2");
    }
  });

  it.each([["serve", "--stdio"], ["mcp"]])(
    "%s takes no answers from the stream with its requests",
    async (...args) => {
      const { code, stdout } = await run([...args, "--secrets-from", "fd:0"]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    },
  );

  it("names the flag for every missing value", async () => {
    const { code, stderr } = await run(["register"]);
    expect(code).toBe(2);
    expect(stderr).toContain("To fix: give --accept-terms, --username, --email.");
  });

  it("ends with 130 on Ctrl-C during a request", async () => {
    sandbox.control.addFault({ path: "/api/users/me", delayMs: 600_000 });
    const { child, ended } = start(["whoami", "--verbose"], { HEX_API_KEY: "0".repeat(32) });
    await expect.poll(() => sandbox.control.faults().length, { timeout: 20_000 }).toBe(0);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130, stdout: "" });
    // On a busy machine, it may have been interrupted before the request.
    sandbox.control.clearFaults();
  });

  it("ends with 130 on Ctrl-C while it waits for standard input", { timeout: 60_000 }, async () => {
    // Nothing shows that it waits. If it ended before it listened for Ctrl-C, it gets more time.
    for (let pause = 500; ; pause *= 2) {
      const { child, ended } = start(["auth", "--with-key"]);
      await new Promise((resolve) => setTimeout(resolve, pause));
      child.kill("SIGINT");
      const { code } = await ended;
      if (code === null && pause < 16_000) continue;
      expect(code).toBe(130);
      break;
    }
  });

  it("reads hex.config and the settings of the profile once", async () => {
    const hooked = join(import.meta.dirname, "count-reads.ts");
    const main = join(import.meta.dirname, "../dist/main.js");
    // Another program may still be writing a file that has just changed.
    utimesSync(join(home, ".hex/hex.config"), new Date(), new Date());
    const child = spawn(process.execPath, ["--import", hooked, main, "whoami"], {
      env,
      stdio: ["ignore", "pipe", "inherit", "pipe"],
    });
    const opened = (await text(child.stdio[3] as Readable)).split("\n");
    for (const name of ["hex.config", "settings.json"])
      expect(opened.filter((path) => path.endsWith(name))).toHaveLength(1);
  });

  it("survives a reader that goes away, and reports output that can't be written", async () => {
    const piped = await shell('{ "$0" whoami; echo "code $?" >&2; } | true');
    expect(piped.stderr).toBe("code 0\n");
    const full = await shell('"$0" whoami > /dev/full');
    expect(full.code).toBe(5);
    expect(full.stderr).toContain("Standard output could not be written (ENOSPC).");
  });
});
