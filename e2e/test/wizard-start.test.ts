import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMachine, type Machine } from "../hexuser-environment.ts";
import { runHexuser } from "../run-hexuser.ts";
import { openTerminal } from "../terminal.ts";

let machine: Machine;
beforeAll(() => {
  machine = createMachine({ HEX_API_URL: "http://127.0.0.1:9/api" });
});
afterAll(() => machine.remove());

describe("the wizard without a terminal", () => {
  it.each([
    [[], "`hexuser --help`"],
    [["register"], "`hexuser register`"],
    [["auth"], "`hexuser auth`"],
    [["reset_password"], "`hexuser reset_password local`"],
    [["keys"], "`hexuser key generate`"],
  ])("says for %j which commands to use, and ends with 2", async (args, command) => {
    const { code, stdout, stderr } = await runHexuser(["wizard", ...args], { machine });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^Error: The wizard needs a terminal/);
    expect(stderr).toContain(command);
  });

  it("says so as JSON, too", async () => {
    const { code, stdout } = await runHexuser(["wizard", "auth", "--json"], { machine });
    expect([code, JSON.parse(stdout).failure.code]).toEqual([2, "invalid_input"]);
  });

  it.each([
    [["wizard"], { CI: "true" }],
    [["wizard", "--no-input"], {}],
  ])("asks nothing on a terminal with %j and %j", async (args, env) => {
    const terminal = openTerminal(args, { machine, env: env as Record<string, string> });
    expect((await terminal.exit()).code).toBe(2);
    expect(terminal.transcript()).not.toContain("? ");
  });
});

describe("the bare program", () => {
  it("suggests the wizard", async () => {
    const { code, stdout } = await runHexuser([], { machine });
    expect([code, stdout]).toEqual([0, expect.stringContaining("`hexuser wizard` guides you")]);
  });
});
