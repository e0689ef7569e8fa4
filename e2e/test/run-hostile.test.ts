import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { documentOf } from "../run-document.ts";
import { prepareRuns } from "../run-stage.ts";

const stage = prepareRuns();

describe("a hostile document", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["too large", " ".repeat(17 * 1024 * 1024)],
    ["nothing but lines", "\n".repeat(16 * 1024 * 1024)],
    ["nothing but brackets", "[".repeat(16 * 1024 * 1024)],
    ["too many calls", '{"operation":"whoami","input":{}}\n'.repeat(100_001)],
    ["one large call", `[{"operation":"key.generate","input":{"permissions":[${"1,".repeat(8_000_000)}1]}}]`],
    ["a secret", '[{"operation":"whoami","input":{},"answers":{"accountPassword":"hunter2"}}]'],
    ["control characters", '[{"operation":"\\u001b[2J","input":{}}]'],
  ];

  it.each(cases)("that is %s is refused before any call runs", async (_, document) => {
    const { code, stdout, stderr } = await stage.run(["-"], { stdin: document });
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^Error: [\s\S]*\nTo fix: /);
    expect(stderr).not.toMatch(/hunter2|\u001b|^ +at /m);
    expect(code).toBe(2);
    expect(stage.registry.control.requests().requests).toEqual([]);
  });

  it("that is not UTF-8 is refused", async () => {
    const path = join(stage.setting.machine.home, "latin1.json");
    writeFileSync(path, Buffer.from([0x5b, 0xff, 0xfe, 0x5d]));
    const ended = await stage.run([path]);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("not UTF-8") });
  });

  it.each([
    "--resume --restart",
    "--resume",
    "--parallel 33",
    "--password-stdin",
    "--secrets-from fd:0",
    "--secrets-from fd:77",
  ])("runs no call with %s", async (flags) => {
    const ended = await stage.run(["-", ...flags.split(" ")], { stdin: documentOf(["whoami"]) });
    expect([ended.code, ended.stdout]).toEqual([2, ""]);
    expect(ended.stderr).toMatch(/\nTo fix: /);
    expect(stage.registry.control.requests().requests).toEqual([]);
  });
});
