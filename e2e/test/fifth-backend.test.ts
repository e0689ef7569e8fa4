import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openMcp } from "../mcp/mcp-session.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting, signInWithKey } from "../setting.ts";
import { openTerminal } from "../terminal.ts";

let registry: TestRegistry;
let setting: Setting;
let program: string;
beforeAll(async () => {
  registry = await startRegistry("current-basic-off");
  setting = await createSetting(registry);
  program = join(setting.machine.home, "hexuser-with-folder");
  const parts = ["../fifth-backend.ts", "../../packages/cli/dist/main.js"].map((path) =>
    JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href),
  );
  writeFileSync(program, `#!${process.execPath}\nimport(${parts[0]}).then(() => import(${parts[1]}));\n`, {
    mode: 0o755,
  });
});
afterAll(async () => {
  await registry.close();
  setting.machine.remove();
});

const run = async (...args: string[]) => {
  const ended = await runHexuser(args, { machine: setting.machine, program });
  expect(ended.code, ended.stderr).toBe(0);
  return ended;
};
const files = () => readdirSync(join(setting.machine.home, "folder")).map(decodeURIComponent);

describe("a backend that is in the list and nowhere else", () => {
  it("can be listed, completed, used and moved to, and holds the credentials", async () => {
    const { account } = setting;
    await signInWithKey(setting);
    expect((await run("backend", "list")).stdout).toMatch(/^folder +yes +\S+\/folder\//m);
    expect((await run("--complete", "fish", "=", "backend", "use")).stdout).toContain("folder");
    await run("backend", "move", "--to", "folder");
    expect(files()).toEqual([`default ${new URL(registry.apiUrl).origin}`]);
    expect((await run("whoami")).stdout).toBe(`${account.username}\n`);
    await run("backend", "use", "file");
    expect((await run("whoami", "--backend", "folder")).stdout).toBe(`${account.username}\n`);
  });

  it("is named by help and hints", async () => {
    const unknown = await runHexuser(["whoami", "--backend", "none"], { machine: setting.machine, program });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("folder") });
    await import("../fifth-backend.ts");
    const { globalFlags } = await import("hexuser/global-flags");
    const { backendMove } = await import("hexuser/backend-move");
    const flag = globalFlags.find(({ name }) => name === "backend");
    expect(flag?.description).toContain("folder");
    expect(backendMove.input.shape.to.description).toContain("folder");
  });

  it("is offered by the wizard in its own words", async () => {
    const terminal = openTerminal(["wizard", "auth"], { machine: setting.machine, program });
    await terminal.expect("How do you want to sign in?");
    terminal.type("\r");
    await terminal.expect("In a folder of mine");
    terminal.type("\x03");
    await terminal.exit();
  });

  it("stores a key for a model, if the person allows it", async () => {
    const args = ["--allow", "write", "--save-to-backend", "folder"];
    const env = { HEXUSER_BACKEND: "folder" };
    const session = await openMcp({ machine: setting.machine, args, env, program });
    try {
      const made = await session.call("key_generate", {
        keyName: "model",
        saveTo: "backend:folder",
        profile: "model",
      });
      expect(made.isError, JSON.stringify(made)).not.toBe(true);
      expect(files()).toContain(`model ${new URL(registry.apiUrl).origin}`);
    } finally {
      await session.close();
    }
  });
});
