import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { asOrdinaryUser, itWith, mountRights, otherUserRights } from "../requirements.ts";
import { type RunOptions, runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting } from "../setting.ts";

let registry: TestRegistry;
let setting: Setting;
let apiKey: string;
beforeAll(async () => {
  registry = await startRegistry("current-basic-off");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
  const { username } = setting.account;
  apiKey = registry.control.createKey({ username, name: "signer", permissions: [{ domain: "api" }] }).secret;
  registry.control.clearRequests();
});
afterEach(() => setting.machine.remove());

const home = (...names: readonly string[]) => join(setting.machine.home, ...names);
const run = (args: readonly string[], options: Partial<RunOptions> = {}) =>
  runHexuser(args, {
    machine: setting.machine,
    ...options,
    env: { HEX_API_KEY: apiKey, GITHUB_ENV: undefined, ...options.env },
  });
const generate = ["key", "generate", "ci", "--permission", "api:read"];
const keysAsked = () => registry.control.requests().counts["POST /api/keys"] ?? 0;
const secret = "[0-9a-f]{32}";

describe("the secret of a new key", () => {
  const tab = /"name": "ci[\s\S]*"secret": "[0-9a-f]{32}"/;
  it.each([
    [[], new RegExp(`^${secret}\n$`)],
    [["--format", "env"], new RegExp(`^export HEX_API_KEY='${secret}'\n$`)],
    [
      ["--format", "env", "--for", "gleam", "--shell", "fish"],
      new RegExp(`^set -gx HEXPM_API_KEY '${secret}'\n$`),
    ],
    [["--format", "github"], new RegExp(`^HEX_API_KEY=${secret}\n$`)],
    [["--format", "json"], tab],
  ])("has the form of %j on standard output and in a file", async (flags, form) => {
    const shown = await run([...generate, ...flags]);
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringMatching(form) });
    expect(shown.stderr).toContain("Its secret, on standard output, can't be shown again.");
    const saved = await run([...generate, ...flags, "--output", "key"]);
    expect(saved, saved.stderr).toMatchObject({ code: 0, stdout: "" });
    expect(saved.stderr).toContain(`Its secret is in ${home("key")}.`);
    expect(readFileSync(home("key"), "utf8")).toMatch(form);
    expect(statSync(home("key")).mode & 0o777).toBe(0o600);
    expect(saved.stderr).not.toMatch(new RegExp(secret));
  });

  it("replaces a file with --force alone, and gives it mode 0600", async () => {
    writeFileSync(home("key"), "mine", { mode: 0o644 });
    symlinkSync(home("key"), home("link"));
    const refused = await run([...generate, "--output", "link"]);
    expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining("it exists already") });
    expect(readFileSync(home("key"), "utf8")).toBe("mine");
    expect(keysAsked()).toBe(0);
    expect(await run([...generate, "--output", "link", "--force"])).toMatchObject({ code: 0 });
    expect(readFileSync(home("key"), "utf8")).toMatch(new RegExp(`^${secret}\n$`));
    expect(statSync(home("key")).mode & 0o777).toBe(0o600);
  });

  it("goes into GitHub's file, after GitHub was told to hide it", async () => {
    writeFileSync(home("github"), "A=1");
    const env = { GITHUB_ENV: home("github") };
    const made = await run([...generate, "--format", "github"], { env });
    expect(made.stdout).toMatch(new RegExp(`^::add-mask::${secret}\n$`));
    expect(readFileSync(home("github"), "utf8")).toMatch(new RegExp(`^A=1\nHEX_API_KEY=${secret}\n$`));
    const document = await run([...generate, "--format", "github", "--json"], { env });
    expect(JSON.parse(document.stdout).output).toMatchObject({ name: "ci-2", savedTo: home("github") });
    expect(document.stdout).not.toMatch(new RegExp(secret));
    expect(document.stderr).toMatch(new RegExp(`^::add-mask::${secret}$`, "m"));
  });

  it("is not in the document, an outcome of `run` or an answer of `serve` if a file has it", async () => {
    const flags = ["--output", "a", "--json", "--fields", "name,savedTo"];
    const document = await run([...generate, ...flags]);
    expect(JSON.parse(document.stdout)).toEqual({ ok: true, output: { name: "ci", savedTo: home("a") } });
    const call = {
      operation: "key.generate",
      input: { keyName: "ci" },
      deliver: { format: "env", output: "b" },
    };
    const planned = await run([...generate, "--output", "b", "--format", "env", "--dry-run"]);
    expect(JSON.parse(planned.stdout)).toMatchObject({ deliver: call.deliver });
    const ran = await run(["run", "-"], { stdin: JSON.stringify([call, call]) });
    const [first, second] = ran.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first.output.savedTo).toBe(home("b"));
    expect(second.failure).toMatchObject({ code: "storage_write_failed" });
    const params = { input: { keyName: "ci", expires: "1d" }, deliver: { output: "c", format: "json" } };
    const request = { jsonrpc: "2.0", id: 1, method: "key.generate", params };
    const served = await run(["serve", "--stdio"], { stdin: `${JSON.stringify(request)}\n` });
    expect(JSON.parse(served.stdout).result).toMatchObject({ name: "ci-3", savedTo: home("c") });
    expect(document.stdout + ran.stdout + served.stdout).not.toMatch(/[0-9a-f]{32}/);
    expect(readFileSync(home("b"), "utf8")).toMatch(/^export HEX_API_KEY='/);
    expect(JSON.parse(readFileSync(home("c"), "utf8"))).toMatchObject({ name: "ci-3" });
  });
});

describe("a place that can't take a secret is found out before the key is made", () => {
  it.each([
    ["a directory", ["--output", "directory"], 5, "it is a directory"],
    ["a missing directory", ["--output", "none/key"], 5, "its directory doesn't exist"],
    ["a link to nothing", ["--output", "dangling", "--force"], 5, "a link to a file that doesn't exist"],
    ["a device", ["--output", "/dev/null", "--force"], 5, "it is not an ordinary file"],
    ["no file to replace", ["--force"], 2, "No file was named"],
    ["an unknown form", ["--format", "toml"], 2, "--format must be env, github or json"],
    ["an unknown program", ["--format", "env", "--for", "npm"], 2, "--for must be mix, rebar3 or gleam"],
    ["a form in a document", ["--format", "env", "--json"], 2, "The JSON document holds the secret"],
    ["a file of GitHub's that is missing", ["--format", "github"], 5, "its directory doesn't exist"],
  ])("%s", async (_, flags, code, message) => {
    mkdirSync(home("directory"));
    symlinkSync(home("nothing"), home("dangling"));
    const env = { GITHUB_ENV: home("missing", "env") };
    const ended = await run([...generate, ...flags], { env });
    expect(ended, ended.stderr).toMatchObject({ code });
    expect(ended.stdout + ended.stderr).toContain(message);
    expect(keysAsked()).toBe(0);
  });

  itWith(otherUserRights)("a directory that belongs to somebody else", async () => {
    mkdirSync(home("closed"), { mode: 0o700 });
    chmodSync(setting.machine.home, 0o777);
    const ended = await run([...generate, "--output", "closed/key"], { through: asOrdinaryUser });
    expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining("you may not write there") });
    expect(keysAsked()).toBe(0);
  });

  itWith(mountRights)("a full disk", async () => {
    mkdirSync(home("small"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8k", "tmpfs", home("small")]);
    try {
      const ended = await run([...generate, "--output", "small/key"]);
      expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining("the disk is full") });
      expect(existsSync(home("small", "key"))).toBe(false);
    } finally {
      execFileSync("umount", [home("small")]);
    }
    expect(keysAsked()).toBe(0);
  });
});

it("a secret that finds its place taken is named with what revokes it", async () => {
  registry.control.addFault({ method: "POST", path: "/api/keys", delayMs: 2000 });
  const running = run([...generate, "--output", "key"]);
  while (keysAsked() === 0) await new Promise((done) => setTimeout(done, 10));
  writeFileSync(home("key"), "mine");
  const ended = await running;
  expect(ended).toMatchObject({ code: 5, stdout: "" });
  expect(ended.stderr).toMatch(/The key “ci” can't be used by anybody[\s\S]*it exists already/);
  expect(ended.stderr).toContain("`hexuser key revoke ci`");
  expect(readFileSync(home("key"), "utf8")).toBe("mine");
});
