import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting, signIn } from "../setting.ts";
import { openTerminal, type Terminal, type TerminalOptions } from "../terminal.ts";
import { screenText } from "../wizard/screen-text.ts";

let registry: TestRegistry;
let setting: Setting;
let terminal: Terminal | undefined;
beforeAll(async () => {
  registry = await startRegistry("current-basic-off");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
  await signIn(setting);
  registry.control.addFault({ path: "/api/*", delayMs: 1500, times: 1 });
});
afterEach(() => {
  terminal?.kill();
  registry.control.clearFaults();
  setting.machine.remove();
});

function open(args: readonly string[], options: Omit<TerminalOptions, "machine"> = {}): Terminal {
  terminal = openTerminal(args, { machine: setting.machine, ...options });
  return terminal;
}

/** Waits for a text that the transcript leaves out, since it disappears again. */
const drawn = (at: Terminal, text: string) =>
  expect.poll(() => at.raw(), { timeout: 20_000 }).toContain(text);

describe("while the registry is slow", () => {
  it.each([
    [["whoami"], {}],
    [["key", "list", "--json"], { columns: 60 }],
    [["whoami"], { env: { NO_COLOR: "1" } }],
    [["wizard"], { env: { HEXUSER_BACKEND: "file" } }],
  ])("%j says what it waits for, and nothing of it remains: %j", async (args, options) => {
    const waiting = open(args, options);
    await drawn(waiting, `Waiting for 127.0.0.1:${new URL(registry.url).port}…`);
    if (args[0] === "wizard") {
      await waiting.expect("What do you want to do?");
      waiting.type("\x03");
    }
    await waiting.exit();
    expect(await screenText(waiting.raw(), 60)).not.toContain("Waiting");
    expect(waiting.transcript()).toContain(args[0] === "key" ? '"keys"' : setting.account.username);
  });

  it("stays on one line of a terminal that gets narrower and wider", async () => {
    const waiting = open(["whoami"], { columns: 24 });
    await drawn(waiting, "Waiting for 127.0.0.");
    waiting.resize(10, 30);
    await drawn(waiting, "Waitin…");
    waiting.resize(60, 30);
    await drawn(waiting, `…`);
    expect((await waiting.exit()).code).toBe(0);
    expect(waiting.transcript().trim()).toBe(setting.account.username);
    expect(waiting.raw().match(/Waiting[^\r\n]*\n/g)).toBeNull();
  });

  it.each([
    [["whoami", "--quiet"], {}],
    [["whoami", "--accessible"], {}],
  ])("%j draws nothing", async (args) => {
    const waiting = open(args);
    expect((await waiting.exit()).code).toBe(0);
    const expected = args.includes("--quiet") ? [] : [expect.stringMatching(/^Waiting for \S+…$/)];
    expect(waiting.raw().trim().split("\r\n")).toEqual([...expected, setting.account.username]);
  });

  it("says so in a pipe only with --verbose, and once", async () => {
    const { machine } = setting;
    expect((await runHexuser(["whoami"], { machine })).stderr).toBe("");
    registry.control.addFault({ path: "/api/*", delayMs: 1500, times: 1 });
    const { stderr } = await runHexuser(["whoami", "--verbose"], { machine });
    expect(stderr.match(/^Waiting for 127\.0\.0\.1:\d+…$/gm)).toHaveLength(1);
  });
});
