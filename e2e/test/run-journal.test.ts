import { spawnSync } from "node:child_process";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { itWith, mountRights } from "../requirements.ts";
import { type Call, journalsOf, outcomesIn, until, writeDocument } from "../run-document.ts";
import { prepareRuns } from "../run-stage.ts";

const stage = prepareRuns();

describe("the journal of a run", () => {
  it("keeps others from running the same document, and is private to its owner", async () => {
    const path = writeDocument(stage.setting.machine, [["key.generate", { keyName: "one" }], ["key.list"]]);
    stage.registry.control.addFault({ method: "POST", path: "/api/keys", delayMs: 60_000 });
    const first = stage.start([path, "--timeout", "120"]);
    await until("the call", () => stage.sent("POST", "/api/keys").length === 1);
    const directory = join(stage.setting.machine.home, ".local/state/hexuser/runs");
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const name of Object.keys(journalsOf(stage.setting.machine)))
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    for (const how of ["--resume", "--restart"]) {
      const second = await stage.run([path, how]);
      expect([second.code, second.stdout]).toEqual([5, ""]);
      expect(second.stderr).toMatch(/Another process is running[\s\S]*To fix: /);
    }
    const other = writeDocument(stage.setting.machine, [["key.generate", { keyName: "two" }]], "other.json");
    expect((await stage.run([other])).code).toBe(0);
    first.kill("SIGKILL");
    await first.ended;
    // The lock ended with its process.
    expect((await stage.run([path, "--restart"])).code).toBe(0);
    expect(journalsOf(stage.setting.machine)).toEqual({});
  });

  it("belongs to one of many runs that start at once", { timeout: 120_000 }, async () => {
    const path = writeDocument(stage.setting.machine, [["key.generate", { keyName: "one" }]]);
    stage.registry.control.addFault({ method: "POST", path: "/api/keys", delayMs: 3000, times: 10 });
    const ended = await Promise.all(Array.from({ length: 4 }, () => stage.run([path])));
    expect(ended.filter(({ code }) => code === 0).length).toBeGreaterThan(0);
    for (const { code, stderr } of ended)
      if (code !== 0) expect(stderr).toContain("Another process is running this document");
    // Processes that started too late to meet another one have run it again from its beginning to its end.
    expect(stage.sent("POST", "/api/keys")).toHaveLength(ended.filter(({ code }) => code === 0).length);
  });

  it("holds no secret and no name", async () => {
    const path = writeDocument(stage.setting.machine, [
      ["key.generate", { keyName: "hunter2" }],
      ["key.revoke", { name: "none" }],
    ]);
    const { stdout } = await stage.run([path]);
    const [made] = outcomesIn(stdout);
    const kept = Object.values(journalsOf(stage.setting.machine)).join("");
    expect(kept).toContain('"done"');
    for (const secret of ["hunter2", made?.output.secret, stage.key, stage.setting.account.username])
      expect(kept).not.toContain(secret);
  });

  it("is reported if it is damaged", async () => {
    const path = writeDocument(stage.setting.machine, [
      ["key.generate", { keyName: "one" }],
      ["key.revoke", { name: "none" }],
    ]);
    await stage.run([path]);
    const [name = ""] = Object.keys(journalsOf(stage.setting.machine));
    writeFileSync(join(stage.setting.machine.home, ".local/state/hexuser/runs", name), "garbage\n");
    const refused = await stage.run([path, "--resume"]);
    expect([refused.code, refused.stdout]).toEqual([5, ""]);
    expect(refused.stderr).toMatch(/is damaged[\s\S]*--restart/);
    expect((await stage.run([path, "--restart"])).code).toBe(1);
  });

  it("makes the run fail first if a file is in its place", async () => {
    mkdirSync(join(stage.setting.machine.home, ".local"));
    writeFileSync(join(stage.setting.machine.home, ".local/state"), "");
    const ended = await stage.run([writeDocument(stage.setting.machine, [["key.generate"]])]);
    expect([ended.code, ended.stdout]).toEqual([5, ""]);
    expect(ended.stderr).toMatch(/journal of the run can't be written[\s\S]*To fix: [\s\S]*XDG_STATE_HOME/);
    expect(stage.registry.control.requests().requests).toEqual([]);
  });

  itWith(mountRights)("on a full disk fails the run before anything is done", async () => {
    const state = join(stage.setting.machine.home, ".local/state");
    mkdirSync(state, { recursive: true });
    expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", state]).status).toBe(0);
    try {
      spawnSync("dd", ["if=/dev/zero", `of=${join(state, "ballast")}`, "bs=4k"]);
      const ended = await stage.run([writeDocument(stage.setting.machine, [["key.generate"]])]);
      expect([ended.code, ended.stdout]).toEqual([5, ""]);
      expect(ended.stderr).toContain("ENOSPC");
      expect(stage.registry.control.requests().requests).toEqual([]);
    } finally {
      spawnSync("umount", [state]);
    }
  });

  itWith(mountRights)("on a disk that gets full stops the run before the next call", async () => {
    const state = join(stage.setting.machine.home, ".local/state");
    mkdirSync(state, { recursive: true });
    // The first block of the journal fits. It is full after some seventy calls.
    expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=20k", "tmpfs", state]).status).toBe(0);
    try {
      const calls = Array.from(
        { length: 120 },
        (_, index): Call => ["key.generate", { keyName: `k${index}` }],
      );
      const path = writeDocument(stage.setting.machine, calls);
      writeFileSync(join(state, "ballast"), Buffer.alloc(16_384 - 1));
      const ended = await stage.run([path]);
      expect(ended.code, ended.stderr).toBe(5);
      expect(ended.stderr).toMatch(/ENOSPC[\s\S]*Stopped\. Of 120 calls, \d+ are done/);
      const done = outcomesIn(ended.stdout).length;
      expect(done).toBe(stage.sent("POST", "/api/keys").length);
      spawnSync("rm", [join(state, "ballast")]);
      const resumed = await stage.run([path, "--resume", "--continue"]);
      const all = [...outcomesIn(ended.stdout), ...outcomesIn(resumed.stdout)];
      expect(all.filter(({ ok }) => ok)).toHaveLength(120);
      expect(stage.sent("POST", "/api/keys")).toHaveLength(120);
    } finally {
      spawnSync("umount", [state]);
    }
  });
});
