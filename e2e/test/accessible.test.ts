import { afterEach, describe, expect, it } from "vitest";
import { hexuserPath } from "../hexuser-environment.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { createSetting, localPassword, type Setting, signIn } from "../setting.ts";
import { openTerminal, type Terminal } from "../terminal.ts";

let registry: TestRegistry | undefined;
let setting: Setting;
let terminal: Terminal | undefined;
afterEach(async () => {
  terminal?.kill();
  setting.machine.remove();
  await registry?.close();
});

const accessible = { ACCESSIBLE: "1" };

async function prepare(kind: "classic-2021" | "current-basic-off"): Promise<TestRegistry> {
  registry = await startRegistry(kind);
  setting = await createSetting(registry);
  return registry;
}

function open(args: readonly string[], env: Readonly<Record<string, string>> = accessible): Terminal {
  terminal = openTerminal(args, { machine: setting.machine, env, columns: 60 });
  return terminal;
}

/** Waits for each question, and types its answer. */
async function answer(asked: Terminal, replies: readonly (readonly [question: string, typed: string])[]) {
  for (const [question, typed] of replies) {
    await asked.expect(`${question}: `);
    asked.type(`${typed}\r`);
  }
}

/** The output may contain colours, but must not move the cursor or erase anything. */
function expectPlain({ raw, transcript }: Terminal): void {
  expect(raw()).not.toMatch(/\x1b\[[0-9;?]*[A-HJKSTfhl]|\r(?!\n)/);
  expect(transcript()).not.toMatch(/[✔❯◯◉]|^\? /m);
}

const signingIn = () =>
  [
    ["Username or email", setting.account.username],
    ["Account password (hidden)", setting.account.password],
    ["Local password (hidden)", localPassword],
    ["Local password (confirm) (hidden)", localPassword],
  ] as const;

describe("in plain lines a command", () => {
  it.each([
    ["--accessible", ["auth", "--accessible"], {}],
    ["ACCESSIBLE", ["auth"], accessible],
    ["TERM=dumb", ["auth"], { TERM: "dumb" }],
  ] as const)("asks each question on one line, with %s", async (_, args, env) => {
    await prepare("classic-2021");
    const signing = open(args, env as Readonly<Record<string, string>>);
    await answer(signing, signingIn());
    expect((await signing.exit()).code, signing.transcript()).toBe(0);
    expectPlain(signing);
    for (const secret of [setting.account.password, localPassword])
      expect(signing.raw()).not.toContain(secret);
  });

  it("leads from a question to the sign-in and back to the original command", async () => {
    await prepare("classic-2021");
    const asking = open(["whoami"]);
    await asking.expect("No authenticated user found. Do you want to authenticate now?");
    await answer(asking, [["Type yes or no (Enter for yes)", ""], ...signingIn()]);
    expect((await asking.exit()).code).toBe(0);
    expect(asking.transcript().trimEnd().split(/\r?\n/).at(-1)).toBe(setting.account.username);
    expectPlain(asking);
  });

  it("asks to accept the terms, and to confirm destruction with a name", async () => {
    await prepare("classic-2021");
    const registering = open(["register", "--username", "beginner", "--email", "b@example.com"]);
    await registering.expect("Do you accept them?");
    await answer(registering, [
      ["Type yes or no (Enter for no)", "yes"],
      ["Account password (hidden)", "a new password"],
      ["Account password (confirm) (hidden)", "a new password"],
      ...signingIn().slice(2),
    ]);
    expect((await registering.exit()).code, registering.transcript()).toBe(0);
    expectPlain(registering);

    await signIn(setting);
    const revoking = open(["key", "revoke", "--all"]);
    const { username } = setting.account;
    await answer(revoking, [
      [`Type the account's name (${username}) to go on`, username],
      ["Local password (hidden)", localPassword],
    ]);
    expect((await revoking.exit()).code, revoking.transcript()).toBe(0);
    expectPlain(revoking);
  });

  it("waits for an approval without writing over a line", async () => {
    const { control } = await prepare("current-basic-off");
    const signing = open(["auth", "--no-browser"]);
    await signing.expect("Waiting for your approval");
    const code = /code: (\S+)/.exec(signing.transcript())?.[1] ?? "";
    control.approveDevice(code, { username: setting.account.username });
    expect((await signing.exit()).code, signing.transcript()).toBe(0);
    expect(signing.transcript().split("Waiting for your approval")).toHaveLength(2);
    expectPlain(signing);
  });

  it("can't go back: “<” is an ordinary answer", async () => {
    await prepare("classic-2021");
    const signing = open(["auth"]);
    await answer(signing, [["Username or email", "<"]]);
    await signing.expect("Account password");
    signing.type("\x03");
    await signing.exit();
  });

  it.each([
    ["auth", "Username or email"],
    ["auth --username someone", "Account password"],
    ["register --username someone --email s@example.com", "Do you accept them?"],
  ])("ends `hexuser %s` with 130 on Ctrl-C, and leaves the terminal as it was", async (command, question) => {
    await prepare("classic-2021");
    const script = `trap : INT; echo "before $(stty -g)"; ${hexuserPath} ${command}; echo "code $?"; echo "after $(stty -g)"`;
    const { machine } = setting;
    terminal = openTerminal(["-c", script], { machine, program: "/bin/sh", env: accessible });
    await terminal.expect(question);
    await terminal.expect(/: $/);
    terminal.type("\x03");
    await terminal.exit();
    const screen = terminal.transcript();
    expect(screen).toContain("code 130");
    expect(/after (\S+)/.exec(screen)?.[1]).toBe(/before (\S+)/.exec(screen)?.[1]);
  });
});
