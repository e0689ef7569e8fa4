import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { documentOf, journalsOf, outcomesIn, until, writeDocument } from "../run-document.ts";
import { type RunOptions, runHexuser, startHexuser } from "../run-hexuser.ts";
import { createSetting, localPassword, type Setting, signIn } from "../setting.ts";
import { openTerminal } from "../terminal.ts";
import { replyUntilEnd } from "../terminal-replies.ts";

let registry: TestRegistry;
let setting: Setting;
let key: string;
beforeAll(async () => {
  registry = await startRegistry("current");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
  key = registry.control.createKey({
    username: setting.account.username,
    name: "machine",
    permissions: [{ domain: "api" }],
  }).secret;
  registry.control.clearRequests();
});
afterEach(() => {
  registry.control.clearFaults();
  setting.machine.remove();
});

type Given = Omit<RunOptions, "machine">;

/** Runs a document that is given on standard input, signed in with a key. */
const run = (document: string, args: readonly string[] = [], options: Given = {}) =>
  runHexuser(["run", "-", ...args], {
    machine: setting.machine,
    stdin: document,
    ...options,
    env: { HEX_API_KEY: key, ...options.env },
  });

/** Runs a document that has to be answered for, signed in with a session. */
async function runWithSession(args: readonly string[], options: Given = {}) {
  await signIn(setting);
  const path = writeDocument(setting.machine, [
    ["key.generate", { keyName: "one" }],
    ["key.generate", { keyName: "two" }],
  ]);
  return runHexuser(["run", path, ...args], { machine: setting.machine, ...options });
}

describe("a document of calls", () => {
  it("is executed in order, and gives a line for each call", async () => {
    const { code, stdout, stderr } = await run(
      documentOf(
        ["whoami"],
        ["key.generate", { keyName: "ci", permissions: ["api:read"] }],
        ["key.list"],
        ["key.revoke", { name: "ci" }],
      ),
    );
    expect([code, stderr]).toEqual([0, "All 4 calls are done.\n"]);
    const lines = outcomesIn(stdout);
    expect(lines.map(({ call, operation, ok }) => [call, operation, ok])).toEqual([
      [1, "whoami", true],
      [2, "key.generate", true],
      [3, "key.list", true],
      [4, "key.revoke", true],
    ]);
    expect(lines[1]?.output.secret).toMatch(/^[0-9a-f]{32}$/);
    expect(journalsOf(setting.machine)).toEqual({});
  });

  it("may be a file, JSON Lines, and for a dry run only", async () => {
    const path = join(setting.machine.home, "calls.jsonl");
    writeFileSync(
      path,
      '\ufeff{"operation":"key.generate","input":{}}\r\n\r\n{"operation":"whoami","input":{}}\r\n',
    );
    const dry = await runHexuser(["run", path, "--dry-run"], { machine: setting.machine });
    expect(dry).toMatchObject({ code: 0, stderr: "" });
    expect(dry.stdout).toBe(
      '{"operation":"key.generate","input":{"permissions":["api:write"]}}\n{"operation":"whoami","input":{}}\n',
    );
    expect(registry.control.requests().requests).toEqual([]);
    expect((await run(dry.stdout, ["--quiet"])).stderr).toBe("");
  });

  it("stops at the first failure, whose exit code it has, or goes on", async () => {
    const document = documentOf(
      ["key.generate", { keyName: "made" }],
      ["key.revoke", { name: "none" }],
      ["key.revoke", { name: "made" }],
    );
    const stopped = await run(document);
    expect(stopped.code).toBe(1);
    expect(outcomesIn(stopped.stdout).map(({ ok }) => ok)).toEqual([true, false]);
    expect(stopped.stderr).toBe(
      "Error: Call 2 (key.revoke): There is no key “none”.\nTo fix: list your keys with `hexuser key list`.\n" +
        "Stopped at call 2 of 3; 1 is done. To go on, run the same command with --resume.\n",
    );
    const undecided = await run(document);
    expect([undecided.code, undecided.stdout]).toEqual([2, ""]);
    expect(undecided.stderr).toMatch(/--resume[\s\S]*--restart/);
    const resumed = await run(document, ["--resume", "--continue"]);
    expect(resumed.code).toBe(1);
    expect(outcomesIn(resumed.stdout).map(({ call, ok }) => [call, ok])).toEqual([
      [2, false],
      [3, true],
    ]);
    expect(registry.control.requests().counts).toMatchObject({
      "POST /api/keys": 1,
      "DELETE /api/keys/none": 2,
      "DELETE /api/keys/made": 1,
    });
  });

  it("reads side by side, and changes nothing meanwhile", { timeout: 60_000 }, async () => {
    registry.control.addFault({ method: "GET", path: "/api/keys", delayMs: 5000 });
    const reads = [["key.list"], ["key.list"], ["key.list"]] as const;
    const document = documentOf(["whoami"], ...reads, ["key.generate", { keyName: "new" }], ["key.list"]);
    const running = startHexuser(["run", "-", "--parallel", "3"], {
      machine: setting.machine,
      stdin: document,
      env: { HEX_API_KEY: key },
    });
    const listings = () =>
      registry.control
        .requests()
        .requests.filter(({ method, path }) => `${method} ${path}` === "GET /api/keys");
    await until("three listings at once", () => listings().length === 3 && listings()[0]?.status === 0);
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    const lines = outcomesIn(stdout);
    expect(lines.map(({ call }) => call)).toEqual([1, 2, 3, 4, 5, 6]);
    const sizes = lines
      .filter(({ operation }) => operation === "key.list")
      .map(({ output }) => output.keys.length);
    expect(sizes).toEqual([1, 1, 1, 2]);
  });

  it("stops when whoever reads its outcomes goes away, and is gone on with", async () => {
    const calls = Array.from(
      { length: 40 },
      (_, index) => ["key.generate", { keyName: `k${index}` }] as const,
    );
    const path = writeDocument(setting.machine, calls);
    const { stderr } = await runHexuser(
      ["-c", '{ "$@"; echo "code $?" >&2; } | head -n 1', "sh", "hexuser", "run", path],
      {
        machine: setting.machine,
        program: "/bin/sh",
        env: {
          HEX_API_KEY: key,
          PATH: `${join(import.meta.dirname, "../../node_modules/.bin")}:${process.env.PATH}`,
        },
      },
    );
    expect(stderr).toMatch(
      /went away: the outcome of call \d+ was not read\. Stopped\. Of 40 calls, \d+ are done/,
    );
    expect(stderr).toContain("code 5");
    const made = registry.control.requests().counts["POST /api/keys"] ?? 0;
    expect(made).toBeLessThan(40);
    const resumed = await runHexuser(["run", path, "--resume"], {
      machine: setting.machine,
      env: { HEX_API_KEY: key },
    });
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(outcomesIn(resumed.stdout)).toHaveLength(40 - made);
    expect(registry.control.requests().counts["POST /api/keys"]).toBe(40);
  });
});

describe("what a document lacks", () => {
  const otp = () => setting.account.otp();

  it("is named where nobody can be asked", async () => {
    const { code, stdout, stderr } = await runWithSession([]);
    expect(code).toBe(4);
    expect(outcomesIn(stdout)).toMatchObject([{ ok: false, failure: { code: "authentication_required" } }]);
    expect(stderr).toContain("To fix: give otp with --secrets-from, or in the environment (HEX_OTP).");
    expect(journalsOf(setting.machine)).toEqual({});
  });

  it("comes from the environment", async () => {
    expect(await runWithSession([], { env: { HEX_OTP: otp() } })).toMatchObject({ code: 0 });
  });

  it("comes from a file", async () => {
    const secrets = join(setting.machine.home, "secrets.json");
    writeFileSync(secrets, JSON.stringify({ otp: otp() }), { mode: 0o600 });
    // What is said on the command line comes first.
    const env = { HEX_OTP: "000000" };
    expect(await runWithSession(["--secrets-from", secrets], { env })).toMatchObject({ code: 0 });
  });

  it("comes from a descriptor", async () => {
    const code = otp();
    const through = ["/bin/sh", "-c", `exec "$@" 3<<.\n{"otp":"${code}"}\n.\n`, "sh"];
    const ended = await runWithSession(["--secrets-from", "fd:3"], { through });
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout + ended.stderr).not.toContain(code);
  });

  it("is asked for on a terminal once, and again when it was wrong", async () => {
    await signIn(setting);
    const path = writeDocument(setting.machine, [
      ["key.generate", { keyName: "one" }],
      ["key.generate", { keyName: "two" }],
    ]);
    const terminal = openTerminal(["run", path], { machine: setting.machine, limit: 60_000 });
    await terminal.expect("Two-factor code:");
    terminal.type("000000\r");
    await terminal.expect("is wrong");
    await terminal.expect("Two-factor code:");
    terminal.type(`${otp()}\r`);
    expect((await terminal.exit()).code).toBe(0);
    expect(terminal.transcript()).toContain("All 2 calls are done.");
    expect(registry.control.requests().requests.map(({ status }) => status)).toEqual([401, 401, 201, 201]);
  });

  it("is asked for on the terminal on which the document was typed", async () => {
    await signIn(setting);
    const terminal = openTerminal(["run", "-"], { machine: setting.machine, limit: 60_000 });
    terminal.type('{"operation":"key.generate","input":{"keyName":"typed"}}\r');
    await terminal.expect("typed");
    terminal.type("\x04");
    await terminal.expect("Two-factor code:");
    terminal.type(`${otp()}\r`);
    expect((await terminal.exit()).code).toBe(0);
  });

  it("of a classic registry is the local password, also for reads side by side", {
    timeout: 60_000,
  }, async () => {
    const classic = await startRegistry("classic-2021");
    const old = await createSetting(classic);
    try {
      await signIn(old);
      const path = writeDocument(old.machine, [
        ["whoami"],
        ["key.revoke", { name: "none" }],
        ["whoami"],
        ["key.list"],
        ["key.revoke", { name: "none" }],
      ]);
      const env = { HEXUSER_LOCAL_PASSWORD: localPassword };
      const given = await runHexuser(["run", path, "--parallel", "4", "--continue"], {
        machine: old.machine,
        env,
      });
      expect(outcomesIn(given.stdout).map(({ ok }) => ok)).toEqual([true, false, true, true, false]);
      const terminal = openTerminal(["run", path, "--continue"], { machine: old.machine, limit: 60_000 });
      const replies = [{ question: "Local password", typed: localPassword }];
      expect(await replyUntilEnd(terminal, replies)).toBe(1);
      expect(terminal.transcript().match(/✔/g)).toHaveLength(1);
    } finally {
      await classic.close();
      old.machine.remove();
    }
  });

  it("is a confirmation, where everything is destroyed", async () => {
    const document = documentOf(["whoami"], ["key.revoke", { all: true }]);
    const refused = await run(document);
    expect([refused.code, refused.stdout]).toEqual([2, ""]);
    expect(refused.stderr).toContain("Call 2 (key.revoke) can't be undone");
    expect(registry.control.requests().requests).toEqual([]);
    const path = writeDocument(setting.machine, [["key.revoke", { all: true }]]);
    const terminal = openTerminal(["run", path], { machine: setting.machine, env: { HEX_API_KEY: key } });
    await terminal.expect("Type the account's name");
    terminal.type("somebody else\r");
    expect((await terminal.exit()).code).toBe(2);
    expect((await run(document, ["--yes"])).code).toBe(0);
  });
});

describe("a hostile document", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["too large", " ".repeat(17 * 1024 * 1024)],
    ["nothing but lines", "\n".repeat(16 * 1024 * 1024)],
    ["nothing but brackets", "[".repeat(16 * 1024 * 1024)],
    ["too many calls", '{"operation":"whoami","input":{}}\n'.repeat(100_001)],
    ["one large call", `[{"operation":"key.generate","input":{"permissions":[${"1,".repeat(8_000_000)}1]}}]`],
    ["garbage", randomBytes(5000).toString("latin1")],
    ["a secret", '[{"operation":"whoami","input":{},"answers":{"accountPassword":"hunter2"}}]'],
    ["control characters", '[{"operation":"\\u001b[2J","input":{}}]'],
  ];

  it.each(cases)("that is %s is refused before anything is executed", async (_, document) => {
    const { code, stdout, stderr } = await run(document, [], { limit: 120_000 });
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^Error: [\s\S]*\nTo fix: /);
    expect(stderr).not.toMatch(/hunter2|\u001b|^ +at /m);
    expect(code).toBe(2);
    expect(registry.control.requests().requests).toEqual([]);
  });

  it("that is not UTF-8 is refused", async () => {
    const path = join(setting.machine.home, "latin1.json");
    writeFileSync(path, Buffer.from([0x5b, 0xff, 0xfe, 0x5d]));
    const ended = await runHexuser(["run", path], { machine: setting.machine });
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("not UTF-8") });
  });

  it.each([
    ["--resume", "--restart"],
    ["--resume"],
    ["--parallel", "0"],
    ["--parallel", "33"],
    ["--parallel", "two"],
    ["--password-stdin"],
    ["--secrets-from", "fd:0"],
    ["--secrets-from", "/nonexistent"],
    ["--secrets-from", "fd:77"],
  ])("has nothing executed with %s %s", async (...args) => {
    const ended = await run(
      documentOf(["whoami"]),
      args.filter((arg) => arg !== undefined),
    );
    expect([ended.code, ended.stdout]).toEqual([2, ""]);
    expect(ended.stderr).toMatch(/\nTo fix: /);
    expect(registry.control.requests().requests).toEqual([]);
  });
});
