import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { withSignIn } from "../wizard/journeys.ts";
import { type Look, openStage, type StageOptions, type WizardStage } from "../wizard/stage.ts";

let stage: WizardStage | undefined;
afterEach(() => stage?.close());

const down = "\x1b[B";
const enter = "\r";

/** Waits for the line about the slow registry, which the transcript leaves out. */
async function slowRegistry({ terminal }: WizardStage): Promise<void> {
  await expect.poll(() => terminal.raw(), { timeout: 20_000 }).toContain("Waiting for 127.0.0.1");
}

/** Starts the program at a registry that takes seconds for its first answers. */
async function openSlowly(options: StageOptions): Promise<WizardStage> {
  stage = await openStage({
    ...options,
    async before(before) {
      await options.before?.(before);
      before.registry.control.addFault({ path: "/api/*", delayMs: 1500, times: 1 });
    },
  });
  await slowRegistry(stage);
  return stage;
}

const menu = { kind: "current-basic-off", args: [], before: withSignIn } as const;

describe("keys that are typed before the first question", () => {
  it.each<[Look, string]>([
    ["rich", `${down}${down}`],
    ["plain", "2"],
  ])("of the wizard with a %s look answer it, and aren't echoed before it", async (look, keys) => {
    const { terminal } = await openSlowly({ ...menu, look });
    for (const key of [...(look === "rich" ? keys.split(/(?=\x1b)/) : keys), enter]) terminal.type(key);
    await terminal.expect("What do you want to do?");
    await terminal.expect(look === "rich" ? "• What do you want to do?" : `: ${keys}\r\n`);
    await terminal.expect("?");
    expect(terminal.raw()).not.toContain("^[");
    expect(terminal.transcript()).toMatch(/api\r\n(Waiting for \S+\r\n)?You are signed in/);
  });

  it.each(["\x1b", "\x03"])("of the wizard leave it at once with %j", async (key) => {
    const { terminal, exitCode, settings } = await openSlowly({ ...menu });
    terminal.type(key);
    expect(await exitCode()).toBe(130);
    expect(settings().after).toBe(settings().before);
    expect(terminal.transcript()).not.toContain("What do you want to do?");
    expect(terminal.transcript()).not.toContain("^");
  });

  it.each<Look>(["rich", "plain"])("of a command with a %s look answer it", async (look) => {
    const { terminal, exitCode, settings } = await openSlowly({
      kind: "classic-2021",
      command: "auth",
      args: [],
      look,
    });
    for (const key of `ada${enter}`) terminal.type(key);
    await terminal.expect(/Username or email[^\n]*ada/);
    await terminal.expect("Account password");
    expect(terminal.transcript().split("Username or email")[0]).not.toContain("ada");
    terminal.type("\x03");
    expect(await exitCode()).toBe(130);
    expect(settings().after).toBe(settings().before);
  });
});

describe("while the wizard looks for places for credentials", () => {
  /** A helper that takes its time. */
  const withSlowHelper = async () => {
    stage = await openStage({
      kind: "current-basic-off",
      args: ["auth"],
      env: ({ home }) => ({ HEXUSER_BACKEND: "", PATH: `${home}:${process.env.PATH}` }),
      before({ machine }) {
        const helper = join(machine.home, "docker-credential-slow");
        writeFileSync(helper, "#!/bin/sh\ncat >/dev/null\nsleep 2\necho credentials not found\nexit 1\n");
        chmodSync(helper, 0o755);
      },
    });
    await stage.terminal.expect("How do you want to sign in?");
    stage.terminal.type(enter);
    await stage.terminal.expect("• How do you want to sign in?");
    return stage;
  };

  it("keeps what is typed for the next question", async () => {
    const { terminal } = await withSlowHelper();
    for (const key of [down, "\x1b[A", enter]) terminal.type(key);
    await terminal.expect("Where should hexuser keep the credentials?");
    await terminal.expect("and check that it shows this code");
    expect(terminal.raw()).not.toContain("^[");
  });

  it.each(["\x1b", "\x03"])("leaves at once with %j", async (key) => {
    const { terminal, exitCode, settings } = await withSlowHelper();
    terminal.type(key);
    expect(await exitCode()).toBe(130);
    expect(settings().after).toBe(settings().before);
    expect(terminal.transcript()).not.toContain("Where should hexuser keep");
  });
});
