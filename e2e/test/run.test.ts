import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hexuserPath } from "../hexuser-environment.ts";
import { documentOf, journalsOf, outcomesIn, until, writeDocument } from "../run-document.ts";
import { type RunOptions, runHexuser, startHexuser } from "../run-hexuser.ts";
import { prepareRuns } from "../run-stage.ts";
import { openTerminal } from "../terminal.ts";

const stage = prepareRuns();

/** Runs a document from standard input. */
const run = (document: string, args: readonly string[] = [], options: Omit<RunOptions, "machine"> = {}) =>
  stage.run(["-", ...args], { stdin: document, ...options });

describe("a document of calls", () => {
  it("runs in order, and prints a line for each call", async () => {
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
    expect(journalsOf(stage.setting.machine)).toEqual({});
  });

  it("can be a file or JSON Lines, and can be checked with a dry run", async () => {
    const path = join(stage.setting.machine.home, "calls.jsonl");
    writeFileSync(
      path,
      '\ufeff{"operation":"key.generate","input":{"expires":"90d"}}\r\n\r\n{"operation":"whoami","input":{}}\r\n',
    );
    const dry = await runHexuser(["run", path, "--dry-run"], { machine: stage.setting.machine });
    expect(dry).toMatchObject({ code: 0, stderr: "" });
    expect(dry.stdout).toBe(
      '{"operation":"key.generate","input":{"permissions":["api:write"],"expires":"90d"}}\n{"operation":"whoami","input":{}}\n',
    );
    expect(stage.registry.control.requests().requests).toEqual([]);
    expect((await run(dry.stdout, ["--quiet"])).stderr).toBe("");
  });

  it("stops at the first failure and ends with its exit code, or continues", async () => {
    const document = documentOf(
      ["key.generate", { keyName: "made", expires: "90d" }],
      ["key.revoke", { name: "none" }],
      ["key.revoke", { name: "made" }],
    );
    const stopped = await run(document);
    expect(stopped.code).toBe(1);
    expect(outcomesIn(stopped.stdout).map(({ ok }) => ok)).toEqual([true, false]);
    expect(stopped.stderr).toBe(
      "Error: Call 2 (key.revoke): There is no key “none”.\nTo fix: list your keys with `hexuser key list`.\n" +
        "Stopped at call 2 of 3; 1 is done. To continue, run the same command with --resume.\n",
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
    expect(stage.registry.control.requests().counts).toMatchObject({
      "POST /api/keys": 1,
      "DELETE /api/keys/none": 2,
      "DELETE /api/keys/made": 1,
    });
  });

  it("runs reads concurrently, but no change with them", { timeout: 60_000 }, async () => {
    stage.registry.control.addFault({ method: "GET", path: "/api/keys", delayMs: 5000 });
    const reads = [["key.list"], ["key.list"], ["key.list"]] as const;
    const document = documentOf(["whoami"], ...reads, ["key.generate", { keyName: "new" }], ["key.list"]);
    const running = startHexuser(["run", "-", "--parallel", "3"], {
      machine: stage.setting.machine,
      stdin: document,
      env: { HEX_API_KEY: stage.key },
    });
    const listings = () =>
      stage.registry.control
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

  it("shows its progress on a terminal, unless the outcomes appear there", async () => {
    const calls = [["whoami"], ["key.generate", { keyName: "one", expires: "90d" }], ["whoami"]] as const;
    const path = writeDocument(stage.setting.machine, calls);
    const out = join(stage.setting.machine.home, "outcomes.jsonl");
    const env = { HEX_API_KEY: stage.key };
    const command = ["-c", 'exec "$@" > "$OUT"', "sh", hexuserPath, "run", path];
    const onTerminal = (...args: readonly string[]) =>
      openTerminal([...command, ...args], {
        machine: stage.setting.machine,
        program: "/bin/sh",
        env: { ...env, OUT: out },
        limit: 60_000,
      });
    const terminal = onTerminal();
    expect((await terminal.exit()).code).toBe(0);
    expect(terminal.transcript()).toMatch(
      /Call 1 of 3: whoami[\s\S]*Call 3 of 3: whoami\s*All 3 calls are done\./,
    );
    // At the end, only the last line remains.
    expect(terminal.raw()).toMatch(/\r\u001b\[JAll 3 calls are done\.\r\n$/);
    expect(outcomesIn(readFileSync(out, "utf8"))).toHaveLength(3);
    const quiet = onTerminal("--quiet");
    expect([(await quiet.exit()).code, quiet.transcript()]).toEqual([0, ""]);
    const seen = openTerminal(["run", path], { machine: stage.setting.machine, env, limit: 60_000 });
    expect((await seen.exit()).code).toBe(0);
    expect(seen.transcript()).not.toContain("Call 1 of 3");
  });

  it("stops when the reader of its outcomes goes away, and can be resumed", async () => {
    const calls = Array.from(
      { length: 40 },
      (_, index) => ["key.generate", { keyName: `k${index}` }] as const,
    );
    const path = writeDocument(stage.setting.machine, calls);
    // The reader is gone before the last call, even on a slow machine.
    stage.registry.control.changeSettings({ delayMs: 50 });
    const { stderr } = await runHexuser(
      ["-c", '{ "$@"; echo "code $?" >&2; } | head -n 1', "sh", hexuserPath, "run", path],
      {
        machine: stage.setting.machine,
        program: "/bin/sh",
        env: { HEX_API_KEY: stage.key },
      },
    );
    stage.registry.control.changeSettings({ delayMs: 0 });
    expect(stderr).toMatch(
      /The key “k\d+” can't be used by anybody, because the secret is lost\. .* Stopped\. Of 40 calls, \d+ are done/,
    );
    expect(stderr).toContain("code 5");
    const made = stage.registry.control.requests().counts["POST /api/keys"] ?? 0;
    expect(made).toBeLessThan(40);
    const resumed = await runHexuser(["run", path, "--resume"], {
      machine: stage.setting.machine,
      env: { HEX_API_KEY: stage.key },
    });
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(outcomesIn(resumed.stdout)).toHaveLength(40 - made);
    expect(stage.registry.control.requests().counts["POST /api/keys"]).toBe(40);
  });
});
