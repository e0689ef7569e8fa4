import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMachine, type Machine } from "../hexuser-environment.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { openTerminal, type Terminal } from "../terminal.ts";

let registry: TestRegistry;
let machine: Machine;
let terminal: Terminal;
let opener: string;
let opened: string;
beforeEach(async () => {
  registry = await startRegistry("current-basic-off");
  machine = createMachine({ HEX_API_URL: registry.apiUrl, HEXUSER_BACKEND: "file" });
  [opener, opened] = [join(machine.home, "wslview"), join(machine.home, "opened")];
  writeFileSync(opener, `#!/bin/sh\nprintf '%s\\n' "$@" > ${opened}.new && mv ${opened}.new ${opened}\n`);
  chmodSync(opener, 0o755);
});
afterEach(async () => {
  terminal.kill();
  await registry.close();
  machine.remove();
});

function open(args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  terminal = openTerminal(args, { machine, env: { PATH: `${machine.home}:${process.env.PATH}`, ...env } });
}

const isOpened = () =>
  expect
    .poll(() => existsSync(opened) && readFileSync(opened, "utf8"), { timeout: 10_000 })
    .toMatch(/^http:\/\/127\.0\.0\.1\S+\/oauth\/device\S+$/m);

/** An environment in which hexuser sees no screen. */
const withoutScreen = { SSH_TTY: "/dev/pts/9", container: "docker" };
const ownBrowser = () => ({ BROWSER: `${opener} --new;touch %s`, ...withoutScreen });

describe("the page of a sign-in", () => {
  it.each([
    ["BROWSER", ["auth"], ownBrowser],
    ["wslview", ["auth"], () => ({ WSL_DISTRO_NAME: "Debian" })],
    ["BROWSER, in plain lines", ["auth", "--accessible"], ownBrowser],
  ])("opens with Enter, while hexuser waits, with %s and without a shell", async (_, args, variables) => {
    open(args, variables());
    await terminal.expect("Press Enter to open the page, or c to copy the code.");
    await terminal.expect("Waiting for your approval");
    expect(existsSync(opened)).toBe(false);
    terminal.type("\r");
    await terminal.expect("Opening your browser there.");
    await isOpened();
  });

  it("opens with Enter in the wizard, too", async () => {
    open(["wizard", "auth"], ownBrowser());
    await terminal.expect("How do you want to sign in?");
    terminal.type("\r");
    await terminal.expect("Press Enter to open the page, or c to copy the code.");
    terminal.type("\r");
    await isOpened();
  });

  it("opens at once with --browser, also without a screen", async () => {
    open(["auth", "--browser"], ownBrowser());
    await terminal.expect("Press Enter to open the page again");
    await isOpened();
  });

  it("stays an address if it can't be opened, and a key copies the code", async () => {
    open(["auth", "--browser"], { BROWSER: "false", ...withoutScreen });
    await terminal.expect("No browser could be opened: open the address yourself.");
    const code = /code: (\S+)/.exec(terminal.transcript())?.[1] ?? "";
    terminal.type("c");
    await terminal.expect("The code was sent to your clipboard.");
    expect(terminal.raw()).toContain(`\x1b]52;c;${Buffer.from(code).toString("base64")}\x07`);
    await terminal.expect("Waiting for your approval");
    terminal.type("\x03");
    expect((await terminal.exit()).code).toBe(130);
  });

  it.each<[readonly string[], Readonly<Record<string, string>>, boolean]>([
    [["auth", "--no-browser"], { VTE_VERSION: "7600" }, true],
    [["auth", "--no-browser"], {}, false],
    [["auth", "--no-browser", "--accessible"], { VTE_VERSION: "7600" }, false],
  ])("is a link if the terminal shows links: %j %j", async (args, env, isLink) => {
    open(args, env);
    await terminal.expect("Press c to copy the code.");
    expect(/\x1b\]8;;http\S+\/oauth\/device\S+\x1b\\http/.test(terminal.raw())).toBe(isLink);
    expect(terminal.transcript()).toMatch(/^ {2}http\S+\/oauth\/device\S+\r?$/m);
  });

  it("isn't opened and not left alone at once", async () => {
    open(["auth", "--browser", "--no-browser"]);
    expect((await terminal.exit()).code).toBe(2);
    expect(terminal.transcript()).toContain("--browser and --no-browser contradict each other.");
  });
});
