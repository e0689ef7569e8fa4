import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "@oclif/core/command";
import { Config } from "@oclif/core/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aliases, commandNames } from "../src/argv/command-names.generated.ts";
import { loadCommand } from "../src/program/commands.generated.ts";

const packageFolder = join(import.meta.dirname, "..");

describe("oclif's own loader", () => {
  let config: Config;
  beforeAll(async () => {
    config = await Config.load({ root: packageFolder });
  });

  it("finds every command and topic through package.json", () => {
    const ids = commandNames.map((name) => name.replaceAll(" ", ":"));
    expect([...config.commandIDs].sort()).toEqual([...ids, ...Object.keys(aliases)].sort());
    const topics = new Set(ids.filter((id) => id.includes(":")).map((id) => id.split(":")[0]));
    for (const topic of topics) {
      expect(config.pjson.oclif.topics).toHaveProperty(`${topic}.description`);
      expect(config.findTopic(topic ?? "", { must: true }).description).toMatch(/\.$/);
    }
  });

  it.each(commandNames)("loads %s as a class that describes itself", async (name) => {
    const { summary } = (await loadCommand[name]?.()) ?? {};
    const command = await config.findCommand(name.replaceAll(" ", ":"), { must: true }).load();
    expect(command.prototype).toBeInstanceOf(Command);
    expect({ ...command }).toMatchObject({
      summary,
      description: expect.any(String),
      usage: expect.any(String),
    });
    expect(Object.keys(command.baseFlags ?? {})).toContain("json");
  });

  it("suggests the right command through the hook", async () => {
    const told = async (id: string) => {
      const { failures } = await config.runHook("command_not_found", { id });
      return failures[0]?.error;
    };
    expect(await told("whomai")).toMatchObject({
      failure: { hint: [expect.stringContaining("hexuser whoami")] },
    });
    expect(await told("key")).toMatchObject({
      failure: { hint: [expect.stringContaining("hexuser key list")] },
    });
  });
});

describe("bin/run.js", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hexuser-run-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("restarts with the pinned Node, and removes NODE_OPTIONS and NODE_DEBUG", () => {
    const other = join(folder, "node");
    copyFileSync(process.execPath, other);
    const [trace, hook] = [join(folder, "trace"), join(folder, "hook.cjs")];
    writeFileSync(
      hook,
      `require("node:fs").appendFileSync(${JSON.stringify(trace)}, process.execPath + "\\n");`,
    );
    const env = {
      PATH: "/usr/bin:/bin",
      HOME: folder,
      NODE_OPTIONS: `--require ${hook}`,
      NODE_DEBUG: "module",
    };
    const run = (node: string) =>
      execFileSync(node, [join(packageFolder, "bin/run.js"), "--version"], {
        env,
        encoding: "utf8",
        stdio: "pipe",
      });
    expect(run(other)).toMatch(/^hexuser \d/);
    expect(readFileSync(trace, "utf8")).toBe(`${other}\n`);
    expect(run(realpathSync(process.execPath))).toMatch(/^hexuser \d/);
    expect(readFileSync(trace, "utf8").split("\n")).toHaveLength(3);
  });
});
