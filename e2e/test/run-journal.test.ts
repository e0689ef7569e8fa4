import { spawnSync } from "node:child_process";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { itWith, mountRights } from "../requirements.ts";
import { type Call, journalsOf, outcomesIn, successesAt, until, writeDocument } from "../run-document.ts";
import { type Ended, type Running, startHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting } from "../setting.ts";

let registry: TestRegistry;
let setting: Setting;
let key: string;
beforeAll(async () => {
  registry = await startRegistry("current");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
  key = makeKey("machine");
  registry.control.clearRequests();
});
afterEach(() => {
  registry.control.clearFaults();
  setting.machine.remove();
});

function makeKey(name: string): string {
  const { username } = setting.account;
  return registry.control.createKey({ username, name, permissions: [{ domain: "api" }] }).secret;
}

function start(path: string, ...args: readonly string[]): Running {
  return startHexuser(["run", path, ...args], {
    machine: setting.machine,
    env: { HEX_API_KEY: key },
    limit: 240_000,
  });
}

const run = (path: string, ...args: readonly string[]): Promise<Ended> => start(path, ...args).ended;

/** How many requests came, refused ones and those without an answer included. */
const sent = (method: string, path: string) =>
  registry.control
    .requests()
    .requests.filter((request) => request.method === method && request.path === path);

describe("an interrupted run", () => {
  const calls: readonly Call[] = [
    ["key.generate", { keyName: "before" }],
    ["key.generate", { keyName: "under way" }],
    ["key.generate", { keyName: "after" }],
  ];

  async function interruptSecond(signal: NodeJS.Signals): Promise<{ path: string; ended: Ended }> {
    const path = writeDocument(setting.machine, calls);
    registry.control.addFault({ method: "POST", path: "/api/keys", delayMs: 0, headers: { "x-first": "1" } });
    registry.control.addFault({ method: "POST", path: "/api/keys", delayMs: 60_000 });
    const running = start(path);
    await until("the second call", () => sent("POST", "/api/keys").length === 2);
    running.kill(signal);
    return { path, ended: await running.ended };
  }

  it.each(["SIGINT", "SIGTERM"] as const)("by %s says what was done, and is gone on with", async (signal) => {
    const { path, ended } = await interruptSecond(signal);
    expect(ended.code).toBe(130);
    expect(outcomesIn(ended.stdout)).toMatchObject([
      { call: 1, ok: true },
      { call: 2, ok: false, failure: { code: "interrupted", details: { mayHaveHappened: true } } },
    ]);
    expect(ended.stderr).toContain(
      "Interrupted. Of 3 calls, 1 is done. To go on, run the same command with --resume.",
    );
    const resumed = await run(path, "--resume");
    expect(outcomesIn(resumed.stdout)).toMatchObject([{ call: 3, ok: true }]);
    expect([resumed.code, journalsOf(setting.machine)]).toEqual([0, {}]);
    expect(sent("POST", "/api/keys")).toHaveLength(3);
  });

  it("by SIGKILL tells of the call that was under way, and does not do it again", async () => {
    const { path, ended } = await interruptSecond("SIGKILL");
    expect([ended.signal, outcomesIn(ended.stdout).length]).toEqual(["SIGKILL", 1]);
    const told = await run(path, "--resume");
    expect(told.code).toBe(130);
    expect(outcomesIn(told.stdout)).toMatchObject([
      { call: 2, ok: false, failure: { code: "interrupted", details: { mayHaveHappened: true } } },
    ]);
    expect(told.stderr).toMatch(/may have happened[\s\S]*hexuser key list/);
    const resumed = await run(path, "--resume");
    expect([resumed.code, outcomesIn(resumed.stdout).map(({ call }) => call)]).toEqual([0, [3]]);
    expect(sent("POST", "/api/keys")).toHaveLength(3);
  });

  it("by SIGKILL is gone on with to its end, where that was asked for", async () => {
    const { path } = await interruptSecond("SIGKILL");
    const resumed = await run(path, "--resume", "--continue");
    expect(outcomesIn(resumed.stdout).map(({ call, ok }) => [call, ok])).toEqual([
      [2, false],
      [3, true],
    ]);
    expect([resumed.code, journalsOf(setting.machine)]).toEqual([130, {}]);
  });

  it("without an answer is not sent again", async () => {
    const path = writeDocument(setting.machine, calls);
    registry.control.addFault({ method: "POST", path: "/api/keys", drop: "after" });
    const dropped = await run(path);
    expect(dropped.code).toBe(6);
    expect(outcomesIn(dropped.stdout)).toMatchObject([
      { call: 1, ok: false, failure: { details: { mayHaveHappened: true } } },
    ]);
    const resumed = await run(path, "--resume");
    expect(outcomesIn(resumed.stdout).map(({ call, ok }) => [call, ok])).toEqual([
      [2, true],
      [3, true],
    ]);
    expect(sent("POST", "/api/keys")).toHaveLength(3);
  });

  it("at random moments has every effect once", { timeout: 240_000 }, async () => {
    const names = Array.from({ length: 25 }, (_, index) => `key${index}`);
    for (const name of names) makeKey(name);
    const calls = names.flatMap((name): Call[] => [
      ["key.revoke", { name }],
      ["key.generate", { keyName: `new ${name}`, permissions: ["api:read"] }],
    ]);
    const path = writeDocument(setting.machine, calls);
    const outcomes = new Map<number, boolean>();
    let kills = 0;
    for (let round = 0; ; round += 1) {
      const running = start(
        path,
        ...(round > 0 && Object.keys(journalsOf(setting.machine)).length > 0 ? ["--resume"] : []),
      );
      const before = registry.control.requests().requests.length;
      const last = { ended: false };
      void running.ended.finally(() => {
        last.ended = true;
      });
      const few = before + 1 + Math.floor(Math.random() * 12);
      await until(
        "a few more requests",
        () => last.ended || registry.control.requests().requests.length >= few,
      );
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 6));
      running.kill(round % 4 === 3 ? "SIGINT" : "SIGKILL");
      const ended = await running.ended;
      if (ended.signal === "SIGKILL") kills += 1;
      for (const { call, ok } of outcomesIn(ended.stdout.slice(0, ended.stdout.lastIndexOf("\n") + 1))) {
        // None is told twice, unless the process was killed before it could note that it had told.
        if (outcomes.get(call) !== undefined) expect(ok).toBe(false);
        outcomes.set(call, outcomes.get(call) === true || ok);
      }
      if (ended.code === 0 || Object.keys(journalsOf(setting.machine)).length === 0) break;
    }
    expect(kills).toBeGreaterThan(2);
    const successes = successesAt(registry);
    for (const [index, name] of names.entries()) {
      const path = `/api/keys/${name}`;
      const revocations = sent("DELETE", path).length;
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
    expect(sent("POST", "/api/keys").length).toBeLessThanOrEqual(names.length);
  });
});

describe("the journal of a run", () => {
  it("keeps others from running the same document, and is the owner's alone", async () => {
    const path = writeDocument(setting.machine, [["key.generate", { keyName: "one" }], ["key.list"]]);
    registry.control.addFault({ method: "POST", path: "/api/keys", delayMs: 3000 });
    const first = start(path);
    await until("the call", () => sent("POST", "/api/keys").length === 1);
    const directory = join(setting.machine.home, ".local/state/hexuser/runs");
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const name of Object.keys(journalsOf(setting.machine)))
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    for (const how of ["--resume", "--restart"]) {
      const second = await run(path, how);
      expect([second.code, second.stdout]).toEqual([5, ""]);
      expect(second.stderr).toMatch(/being run already[\s\S]*To fix: /);
    }
    const other = writeDocument(setting.machine, [["key.generate", { keyName: "two" }]], "other.json");
    expect((await run(other)).code).toBe(0);
    const { code, stdout } = await first.ended;
    expect([code, outcomesIn(stdout).length, journalsOf(setting.machine)]).toEqual([0, 2, {}]);
  });

  it("is started by one of many that start at once", { timeout: 120_000 }, async () => {
    const path = writeDocument(setting.machine, [["key.generate", { keyName: "one" }]]);
    registry.control.addFault({ method: "POST", path: "/api/keys", delayMs: 4000, times: 10 });
    const ended = await Promise.all(Array.from({ length: 6 }, () => run(path)));
    expect(ended.filter(({ code }) => code === 0).length).toBeGreaterThan(0);
    for (const { code, stderr } of ended) if (code !== 0) expect(stderr).toContain("being run already");
    // Those that came too late to meet another one have run it again, each from its beginning to its end.
    expect(sent("POST", "/api/keys")).toHaveLength(ended.filter(({ code }) => code === 0).length);
  });

  it("holds no secret and no name", async () => {
    const path = writeDocument(setting.machine, [
      ["key.generate", { keyName: "hunter2" }],
      ["key.revoke", { name: "none" }],
    ]);
    const { stdout } = await run(path);
    const [made] = outcomesIn(stdout);
    const kept = Object.values(journalsOf(setting.machine)).join("");
    expect(kept).toContain('"done"');
    for (const secret of ["hunter2", made?.output.secret, key, setting.account.username])
      expect(kept).not.toContain(secret);
  });

  it("that is damaged is told of", async () => {
    const path = writeDocument(setting.machine, [
      ["key.generate", { keyName: "one" }],
      ["key.revoke", { name: "none" }],
    ]);
    await run(path);
    const [name = ""] = Object.keys(journalsOf(setting.machine));
    writeFileSync(join(setting.machine.home, ".local/state/hexuser/runs", name), "garbage\n");
    const refused = await run(path, "--resume");
    expect([refused.code, refused.stdout]).toEqual([5, ""]);
    expect(refused.stderr).toMatch(/is damaged[\s\S]*--restart/);
    expect((await run(path, "--restart")).code).toBe(1);
  });

  it("whose place is taken by a file fails the run before anything is done", async () => {
    mkdirSync(join(setting.machine.home, ".local"));
    writeFileSync(join(setting.machine.home, ".local/state"), "");
    const ended = await run(writeDocument(setting.machine, [["key.generate"]]));
    expect([ended.code, ended.stdout]).toEqual([5, ""]);
    expect(ended.stderr).toMatch(/journal of the run can't be written[\s\S]*To fix: [\s\S]*XDG_STATE_HOME/);
    expect(registry.control.requests().requests).toEqual([]);
  });

  itWith(mountRights)("on a full disk fails the run before anything is done", async () => {
    const state = join(setting.machine.home, ".local/state");
    mkdirSync(state, { recursive: true });
    expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", state]).status).toBe(0);
    try {
      spawnSync("dd", ["if=/dev/zero", `of=${join(state, "ballast")}`, "bs=4k"]);
      const ended = await run(writeDocument(setting.machine, [["key.generate"]]));
      expect([ended.code, ended.stdout]).toEqual([5, ""]);
      expect(ended.stderr).toContain("ENOSPC");
      expect(registry.control.requests().requests).toEqual([]);
    } finally {
      spawnSync("umount", [state]);
    }
  });

  itWith(mountRights)("on a disk that gets full stops the run before the next call", async () => {
    const state = join(setting.machine.home, ".local/state");
    mkdirSync(state, { recursive: true });
    // The first block of the journal fits, which is full after some seventy calls.
    expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=12k", "tmpfs", state]).status).toBe(0);
    try {
      const calls = Array.from(
        { length: 120 },
        (_, index): Call => ["key.generate", { keyName: `k${index}` }],
      );
      const path = writeDocument(setting.machine, calls);
      writeFileSync(join(state, "ballast"), Buffer.alloc(8192 - 1));
      const ended = await run(path);
      expect(ended.code, ended.stderr).toBe(5);
      expect(ended.stderr).toMatch(/ENOSPC[\s\S]*Stopped\. Of 120 calls, \d+ are done/);
      const done = outcomesIn(ended.stdout).length;
      expect(done).toBe(sent("POST", "/api/keys").length);
      spawnSync("rm", [join(state, "ballast")]);
      const resumed = await run(path, "--resume", "--continue");
      const all = [...outcomesIn(ended.stdout), ...outcomesIn(resumed.stdout)];
      expect(all.filter(({ ok }) => ok)).toHaveLength(120);
      expect(sent("POST", "/api/keys")).toHaveLength(120);
    } finally {
      spawnSync("umount", [state]);
    }
  });
});

describe("a thousand revocations", () => {
  it("wait for the registry's limit, and none is refused", { timeout: 240_000 }, async () => {
    const limit = 300;
    let windows = 0;
    let fullSince: number | undefined;
    // Its minute lies in the past, and the next one begins a moment after the last request that this one takes.
    const past = Date.now() - 24 * 60 * 60_000;
    let counted: TestRegistry | undefined;
    const limited = await startRegistry("current", {
      settings: { limitLoopback: true, userRateLimit: limit },
      now: () => {
        const taken = counted?.control.requests().requests.length ?? 0;
        if (taken >= limit * (windows + 1)) fullSince ??= Date.now();
        if (fullSince !== undefined && Date.now() >= fullSince + 200) {
          windows += 1;
          fullSince = undefined;
        }
        return past + windows * 60_000;
      },
    });
    counted = limited;
    const own = await createSetting(limited);
    try {
      const { username } = own.account;
      const names = Array.from({ length: 1000 }, (_, index) => `key${index}`);
      for (const name of names) limited.control.createKey({ username, name });
      const { secret } = limited.control.createKey({
        username,
        name: "own",
        permissions: [{ domain: "api" }],
      });
      const path = writeDocument(
        own.machine,
        names.map((name): Call => ["key.revoke", { name }]),
      );
      const { code, stdout, stderr } = await startHexuser(["run", path, "--parallel", "8"], {
        machine: own.machine,
        env: { HEX_API_KEY: secret },
        limit: 240_000,
      }).ended;
      expect([code, outcomesIn(stdout).filter(({ ok }) => ok).length]).toEqual([0, 1000]);
      expect(stderr.match(/takes no more requests for now/g)).toHaveLength(3);
      expect(new Set(limited.control.requests().requests.map(({ status }) => status))).toEqual(
        new Set([200]),
      );
    } finally {
      await limited.close();
      own.machine.remove();
    }
  });

  it("wait again when others use the limit up", { timeout: 120_000 }, async () => {
    const reset = () => String(Math.ceil(Date.now() / 1000) + 1);
    const limited = () => ({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset() });
    for (let time = 0; time < 3; time += 1)
      registry.control.addFault({
        method: "POST",
        path: "/api/keys",
        status: 429,
        body: { message: "limit" },
        headers: limited(),
      });
    const path = writeDocument(setting.machine, [["key.generate", { keyName: "one" }]]);
    const { code, stderr } = await run(path);
    expect([code, stderr.includes("Trying again in")]).toEqual([0, true]);
    expect(sent("POST", "/api/keys").map(({ status }) => status)).toEqual([429, 429, 429, 201]);
  });
});
