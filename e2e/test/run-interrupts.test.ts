import { execFileSync } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { itWith, processFiles } from "../requirements.ts";
import { type Call, journalsOf, outcomesIn, successesAt, until, writeDocument } from "../run-document.ts";
import { type Ended, startHexuser } from "../run-hexuser.ts";
import { prepareRuns } from "../run-stage.ts";

const stage = prepareRuns();

describe("an interrupted run", () => {
  const calls: readonly Call[] = [
    ["key.generate", { keyName: "before" }],
    ["key.generate", { keyName: "under way" }],
    ["key.generate", { keyName: "after" }],
  ];

  async function interruptSecond(signal: NodeJS.Signals): Promise<{ path: string; ended: Ended }> {
    const path = writeDocument(stage.setting.machine, calls);
    stage.registry.control.addFault({
      method: "POST",
      path: "/api/keys",
      delayMs: 0,
      headers: { "x-first": "1" },
    });
    stage.registry.control.addFault({ method: "POST", path: "/api/keys", delayMs: 60_000 });
    const running = stage.start([path]);
    await until("the second call", () => stage.sent("POST", "/api/keys").length === 2);
    running.kill(signal);
    return { path, ended: await running.ended };
  }

  it.each(["SIGINT", "SIGTERM"] as const)("by %s reports what it did, and can be resumed", async (signal) => {
    const { path, ended } = await interruptSecond(signal);
    expect(ended.code).toBe(130);
    expect(outcomesIn(ended.stdout)).toMatchObject([
      { call: 1, ok: true },
      { call: 2, ok: false, failure: { code: "interrupted", details: { mayHaveHappened: true } } },
    ]);
    expect(ended.stderr).toContain(
      "Interrupted. Of 3 calls, 1 is done. To continue, run the same command with --resume.",
    );
    const resumed = await stage.run([path, "--resume"]);
    expect(outcomesIn(resumed.stdout)).toMatchObject([{ call: 3, ok: true }]);
    expect([resumed.code, journalsOf(stage.setting.machine)]).toEqual([0, {}]);
    expect(stage.sent("POST", "/api/keys")).toHaveLength(3);
  });

  it("that waited for the registry's limit reports everything that it did", async () => {
    const path = writeDocument(stage.setting.machine, calls);
    const headers = {
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(Math.ceil(Date.now() / 1000) + 55),
    };
    stage.registry.control.addFault({ method: "POST", path: "/api/keys", headers });
    const running = stage.start([path]);
    await running.told(/takes no more requests for now\. Trying again in \d+ s\./);
    running.kill("SIGINT");
    const ended = await running.ended;
    expect([ended.code, outcomesIn(ended.stdout).map(({ call }) => call)]).toEqual([130, [1]]);
    const resumed = await stage.run([path, "--resume"]);
    expect([resumed.code, outcomesIn(resumed.stdout).map(({ call }) => call)]).toEqual([0, [2, 3]]);
  });

  it("by SIGKILL reports the call in progress, and doesn't repeat it", async () => {
    const { path, ended } = await interruptSecond("SIGKILL");
    expect([ended.signal, outcomesIn(ended.stdout).length]).toEqual(["SIGKILL", 1]);
    const told = await stage.run([path, "--resume"]);
    expect(told.code).toBe(130);
    expect(outcomesIn(told.stdout)).toMatchObject([
      { call: 2, ok: false, failure: { code: "interrupted", details: { mayHaveHappened: true } } },
    ]);
    expect(told.stderr).toMatch(/may have happened[\s\S]*hexuser key list/);
    const resumed = await stage.run([path, "--resume"]);
    expect([resumed.code, outcomesIn(resumed.stdout).map(({ call }) => call)]).toEqual([0, [3]]);
    expect(stage.sent("POST", "/api/keys")).toHaveLength(3);
  });

  it("by SIGKILL continues to its end with --continue", async () => {
    const { path } = await interruptSecond("SIGKILL");
    const resumed = await stage.run([path, "--resume", "--continue"]);
    expect(outcomesIn(resumed.stdout).map(({ call, ok }) => [call, ok])).toEqual([
      [2, false],
      [3, true],
    ]);
    expect([resumed.code, journalsOf(stage.setting.machine)]).toEqual([130, {}]);
  });

  it("doesn't repeat a call without an answer", async () => {
    const path = writeDocument(stage.setting.machine, calls);
    stage.registry.control.addFault({ method: "POST", path: "/api/keys", drop: "after" });
    const dropped = await stage.run([path]);
    expect(dropped.code).toBe(6);
    expect(outcomesIn(dropped.stdout)).toMatchObject([
      { call: 1, ok: false, failure: { details: { mayHaveHappened: true } } },
    ]);
    const resumed = await stage.run([path, "--resume"]);
    expect(outcomesIn(resumed.stdout).map(({ call, ok }) => [call, ok])).toEqual([
      [2, true],
      [3, true],
    ]);
    expect(stage.sent("POST", "/api/keys")).toHaveLength(3);
  });

  it("at random moments has every effect only once", { timeout: 240_000 }, async () => {
    const names = Array.from({ length: 20 }, (_, index) => `key${index}`);
    for (const name of names) stage.makeKey(name);
    const calls = names.flatMap((name): Call[] => [
      ["key.revoke", { name }],
      ["key.generate", { keyName: `new ${name}`, permissions: ["api:read"] }],
    ]);
    const path = writeDocument(stage.setting.machine, calls);
    // Slows the run down, so that a slow test can still kill it in time.
    stage.registry.control.changeSettings({ delayMs: 15 });
    const outcomes = new Map<number, boolean>();
    let kills = 0;
    for (let round = 0; ; round += 1) {
      const isUnfinished = Object.keys(journalsOf(stage.setting.machine)).length > 0;
      const running = stage.start([path, ...(round > 0 && isUnfinished ? ["--resume"] : [])]);
      const before = stage.registry.control.requests().requests.length;
      const last = { ended: false };
      void running.ended.finally(() => {
        last.ended = true;
      });
      const few = before + 1 + Math.floor(Math.random() * 12);
      await until(
        "a few more requests",
        () => last.ended || stage.registry.control.requests().requests.length >= few,
      );
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 6));
      running.kill(round % 4 === 3 ? "SIGINT" : "SIGKILL");
      const ended = await running.ended;
      if (ended.signal === "SIGKILL") kills += 1;
      for (const { call, ok } of outcomesIn(ended.stdout.slice(0, ended.stdout.lastIndexOf("\n") + 1))) {
        // No outcome is told twice, unless the process was killed before it could note that it had told it.
        if (outcomes.get(call) !== undefined) expect(ok).toBe(false);
        outcomes.set(call, outcomes.get(call) === true || ok);
      }
      if (ended.code === 0 || Object.keys(journalsOf(stage.setting.machine)).length === 0) break;
    }
    stage.registry.control.changeSettings({ delayMs: 0 });
    expect(kills).toBeGreaterThan(0);
    const successes = successesAt(stage.registry);
    for (const [index, name] of names.entries()) {
      const path = `/api/keys/${name}`;
      const revocations = stage.sent("DELETE", path).length;
      expect(revocations).toBeLessThanOrEqual(1);
      if (outcomes.get(2 * index + 1)) expect(successes.get(`DELETE ${path}`)).toBe(1);
    }
    const told = [...outcomes.values()].filter((ok) => ok).length;
    const unsure = calls.length - told;
    const done = [...successes].reduce(
      (sum, [name, count]) => (name.startsWith("GET") ? sum : sum + count),
      0,
    );
    expect(done).toBeGreaterThanOrEqual(told);
    expect(done).toBeLessThanOrEqual(told + unsure);
    expect(stage.sent("POST", "/api/keys").length).toBeLessThanOrEqual(names.length);
  });
});

describe("answers that are still pending", () => {
  itWith(processFiles)("are waited for, until Ctrl-C", async () => {
    const { machine } = stage.setting;
    const path = writeDocument(machine, [["whoami", {}]]);
    const pipe = join(machine.home, "answers");
    execFileSync("mkfifo", [pipe]);
    // The shell keeps the pipe open for writing, but writes nothing.
    const shell = ["sh", "-c", 'exec 3<>"$0"; exec "$@"', pipe];
    const running = startHexuser(["run", path, "--secrets-from", pipe], { machine, through: shell });
    const opened = () => {
      const folder = `/proc/${running.pid}/fd`;
      return readdirSync(folder).filter((fd) => readLink(join(folder, fd)) === pipe).length;
    };
    await until("the program has opened the pipe, too", () => opened() === 2);
    running.kill("SIGINT");
    expect(await running.ended).toMatchObject({ code: 130, stdout: "" });
  });
});

/** A descriptor may be closed meanwhile. */
function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
