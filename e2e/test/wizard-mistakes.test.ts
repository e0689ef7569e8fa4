import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { localPassword, otp, password, registering, withAccount, withSignIn } from "../wizard/journeys.ts";
import { type Look, openStage, type StageOptions, type WizardStage } from "../wizard/stage.ts";
import { type Step, walk } from "../wizard/walk.ts";

let stage: WizardStage | undefined;
afterEach(() => stage?.close());

async function play(options: StageOptions, steps: readonly Step[]): Promise<WizardStage> {
  stage = await openStage(options);
  await walk(stage, steps);
  return stage;
}

async function end(played: WizardStage): Promise<number> {
  const code = await played.exitCode();
  expect(played.settings().after).toBe(played.settings().before);
  return code;
}

const register: StageOptions = { kind: "classic-2021", args: ["register"] };
const noSignIn: Step = { see: "Go on now", type: "n\r" };
const looks: readonly Look[] = ["rich", "plain"];

describe.each(looks)("with a %s look, the wizard", (look) => {
  it("goes back one step at a time, and keeps every answer", async () => {
    const played = await play({ ...register, look }, [
      ...registering.slice(0, 4),
      // Goes back from the second password to the first, to the address and to the name, and changes the name.
      { see: "Account password again", type: "<\r" },
      { see: "Account password", type: "<\r" },
      { see: "Email", type: "<\r" },
      { see: "Username", type: "lovelace\r" },
      { see: /Email.*ada@example\.com/, type: "\r" },
      { see: "Account password", type: `${password}\r` },
      { see: "Account password again", type: `${password}\r` },
      { see: "The account lovelace was created." },
      noSignIn,
    ]);
    expect(await end(played)).toBe(0);
    expect(played.registry.control.user("lovelace").email).toBe("ada@example.com");
    await expect(await played.screen()).toMatchFileSnapshot(`../wizard/screens/${look}/going-back.txt`);
  });

  it("goes back from the first question, and out", async () => {
    const played = await play({ ...register, look }, [{ see: "Do you accept them?", type: "<\r" }]);
    expect(await end(played)).toBe(0);
    expect(played.terminal.transcript()).toContain("Left; nothing was changed.");
  });

  it("asks only for another name if the first is taken", async () => {
    const played = await play({ ...register, look, before: withAccount }, [
      registering[0] as Step,
      registering[1] as Step,
      { see: "Email", type: "other@example.com\r" },
      ...registering.slice(3),
      { see: "The username has already been taken." },
      { see: "Username", type: "lovelace\r" },
      { see: "The account lovelace was created." },
      noSignIn,
    ]);
    expect(await end(played)).toBe(0);
    await expect(await played.screen()).toMatchFileSnapshot(`../wizard/screens/${look}/a-taken-name.txt`);
  });

  it("asks for both passwords again when they differ", async () => {
    const played = await play({ ...register, look }, [
      ...registering.slice(0, 4),
      { see: "Account password again", type: "something else\r" },
      { see: "The two are not the same." },
      ...registering.slice(3),
      noSignIn,
    ]);
    expect(await end(played)).toBe(0);
    expect(played.terminal.raw()).not.toContain("something else");
  });

  it("asks only for another password if the registry refuses it", async () => {
    const played = await play({ ...register, look }, [
      ...registering.slice(0, 3),
      { see: "Account password", type: "short\r" },
      { see: "Account password again", type: "short\r" },
      { see: "The account password must have at least" },
      ...registering.slice(3),
      noSignIn,
    ]);
    expect(await end(played)).toBe(0);
  });

  it("allows three attempts for a two-factor code", async () => {
    const options: StageOptions = {
      kind: "current-basic-off",
      args: ["keys"],
      look,
      before: withSignIn,
    };
    const way: readonly Step[] = [
      { see: "What do you want to do?", type: "1\r" },
      { see: "Name of the key", type: "deploy\r" },
      { see: "What may the key do?", type: "\r" },
      { see: "When should the key expire?", type: "\r" },
      { see: "Two-factor code", type: "12\r" },
      { see: "must be six digits", type: { rich: "\x7f\x7f000000\r", plain: "000000\r" } },
    ];
    const wrong: readonly Step[] = [
      { see: "The two-factor code is wrong" },
      { see: "Two-factor code", type: "000001\r" },
    ];
    const right = await play(options, [
      ...way,
      { see: "The two-factor code is wrong" },
      { see: "Two-factor code", type: otp },
      { see: "The key deploy was made." },
    ]);
    expect(await end(right)).toBe(0);
    await right.close();
    const never = await play(options, [...way, ...wrong, ...wrong]);
    expect(await end(never)).toBe(4);
    expect(never.terminal.transcript()).toContain("Error: The two-factor code is wrong");
  });

  it("tells what may have happened if the person leaves during a request", async () => {
    const played = await play({ kind: "current-basic-off", args: ["keys"], look, before: withSignIn }, [
      { see: "What do you want to do?", type: "1\r" },
      { see: "Name of the key", type: "deploy\r" },
      { see: "What may the key do?", type: "\r" },
      { see: "When should the key expire?", type: "\r" },
    ]);
    await played.terminal.expect("Two-factor code");
    const { control } = played.registry;
    control.addFault({ method: "POST", path: "/api/keys", delayMs: 60_000 });
    played.terminal.type(otp(played));
    await vi.waitUntil(() => control.faults().length === 0, 20_000);
    played.terminal.type("\x03");
    expect(await end(played)).toBe(130);
    const transcript = played.terminal.transcript();
    expect(transcript).toMatch(/may\s+have\s+made\s+the\s+change\s+nevertheless/);
    expect(transcript).toMatch(/hexuser key\s+list/);
    expect(transcript).not.toContain("Nothing was changed.");
  });

  it("keeps all answers if the registry becomes unreachable, and tries again", async () => {
    const played = await play({ ...register, look }, registering.slice(0, 4));
    played.registry.control.addFault({ path: "/api/users", drop: "before", times: 1 });
    await walk(played, [
      ...registering.slice(4),
      { see: "Try again?", type: "\r" },
      { see: "The account ada was created." },
      noSignIn,
    ]);
    expect(await end(played)).toBe(0);
    await expect(await played.screen()).toMatchFileSnapshot(`../wizard/screens/${look}/registry-gone.txt`);
  });

  it("ends with 6 if the registry stays unreachable", async () => {
    const played = await play({ ...register, look }, registering.slice(0, 4));
    await played.stopRegistry();
    await walk(played, [...registering.slice(4), { see: "Try again?", type: "n\r" }]);
    expect(await end(played)).toBe(6);
    expect(existsSync(played.machine.configPath)).toBe(false);
  });

  it("accepts pasted text with spaces and line breaks around it", async () => {
    const played = await play({ ...register, look }, [
      { see: "Do you accept them?", type: "yes \r\n" },
      { see: "Username", type: look === "rich" ? "\n  ada \r\n" : "  ada \r\n\n" },
      { see: "Email", type: " ada@example.com\n" },
      { see: "Account password", type: `\n${password}\n` },
      { see: "Account password again", type: `${password}\r\n` },
      { see: "The account ada was created." },
      noSignIn,
    ]);
    expect(await end(played)).toBe(0);
  });

  it("creates no account if the person doesn't accept the terms", async () => {
    const played = await play({ ...register, look }, [{ see: "Do you accept them?", type: "\r" }]);
    expect(await end(played)).toBe(2);
    expect(played.registry.control.requests().requests).toEqual([]);
  });

  it("signs in again after a key of this machine was revoked first", async () => {
    const played = await play({ kind: "classic-2021", args: ["keys"], look, before: withSignIn }, [
      { see: "What do you want to do?", type: "2\r" },
      { see: "Which keys do you want to revoke?", type: { rich: "25\r", plain: "2 5\r" } },
      { see: "Revoke them?", type: "y\r" },
      { see: "Local password", type: `${localPassword}\r` },
      { see: "Revoked: laptop-api." },
      { see: "Sign in first?", type: "\r" },
      { see: "How do you want to sign in?", type: "\r" },
      { see: "Username", type: "ada\r" },
      { see: "Account password", type: `${password}\r` },
      { see: "Name of the keys", type: "laptop\r" },
      { see: "Local password", type: "somewhat newer\r" },
      { see: "Local password again", type: "somewhat newer\r" },
      { see: "You are signed in as ada." },
      { see: "Local password", type: "somewhat newer\r" },
      { see: "Revoked: old laptop." },
      { see: "hexuser key revoke 'old laptop'" },
    ]);
    expect(await end(played)).toBe(0);
    await expect(await played.screen()).toMatchFileSnapshot(`../wizard/screens/${look}/own-key-revoked.txt`);
  });

  it("shows a line feed in a key's name, and quotes it for a shell in the command", async () => {
    const before: StageOptions["before"] = async (setting) => {
      await withSignIn(setting);
      setting.registry.control.createKey({ username: "ada", name: "ci\nError: type your password" });
    };
    const played = await play({ kind: "current-basic-off", args: ["keys"], look, before }, [
      { see: "What do you want to do?", type: "2\r" },
      { see: "Which keys do you want to revoke?", type: "2\r" },
      { see: "Revoke it?", type: "y\r" },
      { see: "Two-factor code", type: otp },
      { see: "Revoked: ci\\u000aError: type your" },
      { see: "hexuser key revoke $'ci\\012Error: type your password'" },
    ]);
    expect(await end(played)).toBe(0);
    expect(played.terminal.transcript()).not.toMatch(/^\s*Error:/m);
  });

  it("asks for the account password again after a wrong one, and only then for the local password", async () => {
    const played = await play({ kind: "classic-2021", args: ["auth"], look, before: withAccount }, [
      { see: "How do you want to sign in?", type: "\r" },
      { see: "Username", type: "ada\r" },
      { see: "Account password", type: "not it\r" },
      { see: "Name of the keys", type: "laptop\r" },
      { see: "The username or the account password is wrong." },
      { see: /hexuser reset_password\s+account/ },
      { see: "Account password", type: `${password}\r` },
      { see: "Local password", type: `${localPassword}\r` },
      { see: "Local password again", type: `${localPassword}\r` },
      { see: "You are signed in as ada." },
    ]);
    expect(await end(played)).toBe(0);
  });
});

describe("a rich look", () => {
  it("adapts when the terminal is resized", async () => {
    const played = await play({ ...register, columns: 100 }, registering.slice(0, 1));
    await played.terminal.expect("Username");
    played.terminal.resize(60, 30);
    played.terminal.type("ada\r");
    await walk(played, [...registering.slice(2), noSignIn]);
    expect(await end(played)).toBe(0);
    const told = /What is left to do:([\s\S]*?)Go on now/.exec(played.terminal.transcript())?.[1] ?? "";
    for (const line of told.split(/\r?\n/).filter((text) => !text.includes("hexuser register"))) {
      expect(line.length, line).toBeLessThanOrEqual(60);
    }
  });

  it.each([
    ["the menu", { kind: "classic-2021", args: [] }, "3. ", []],
    [
      "the permissions",
      { kind: "classic-2021", args: ["keys"], before: withSignIn },
      "",
      [
        { see: "What do you want to do?", type: "1\r" },
        { see: "Name of the key", type: "deploy\r" },
        { see: "What may the key do?" },
      ],
    ],
    [
      "the keys to revoke",
      { kind: "current-basic-off", args: ["keys"], before: withSignIn },
      "",
      [
        { see: "What do you want to do?", type: "2\r" },
        { see: "Which keys do you want to revoke?", type: " " },
        { see: "[x]" },
      ],
    ],
  ] as const)("shows %s as a list that fits into 60 columns", async (title, options, _, steps) => {
    const played = await play(options, steps as readonly Step[]);
    await played.terminal.expect(/submit|select/);
    const screen = await played.screen();
    played.terminal.type("\x03");
    await end(played);
    await expect(screen).toMatchFileSnapshot(`../wizard/screens/rich/list-${title.replaceAll(" ", "-")}.txt`);
  });

  it("waits only a moment for a program that might store credentials, and doesn't mention it", async () => {
    const bin = mkdtempSync(join(tmpdir(), "hexuser-slow-"));
    onTestFinished(() => rmSync(bin, { recursive: true }));
    writeFileSync(join(bin, "docker-credential-slow"), "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
    const env = { PATH: `${bin}:${process.env.PATH}` };
    const played = await play({ kind: "classic-2021", args: ["auth"], before: withAccount, env }, [
      { see: "How do you want to sign in?", type: "\x03" },
    ]);
    expect(await end(played)).toBe(130);
    expect(played.terminal.transcript()).not.toContain("docker-credential-slow");
  });

  it("works without colors", async () => {
    const played = await play({ ...register, env: { NO_COLOR: "1" } }, [...registering, noSignIn]);
    expect(await end(played)).toBe(0);
    expect(played.terminal.raw()).not.toMatch(/\x1b\[[0-9;]*m/);
  });
});
