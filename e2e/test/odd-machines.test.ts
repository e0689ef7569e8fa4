import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createMachine, type Machine } from "../hexuser-environment.ts";
import { itWith, otherUserRights } from "../requirements.ts";
import { type RunOptions, runHexuser } from "../run-hexuser.ts";
import { type StubServer, startStub } from "../stub-registry.ts";
import { openTerminal } from "../terminal.ts";

let machine: Machine;
let stub: StubServer;
beforeAll(async () => {
  stub = await startStub(({ url }) => ({
    status: 200,
    json: url.endsWith("/keys") ? [] : { username: "ada" },
  }));
});
afterAll(() => stub.close());
beforeEach(() => {
  machine = createMachine();
  mkdirSync(machine.hexHome);
});
afterEach(() => machine.remove());

type Options = Partial<RunOptions>;
const run = (args: readonly string[], { env, ...more }: Options = {}) =>
  runHexuser(args, { machine, ...more, env: { HEX_API_URL: `${stub.url}/api`, ...env } });
const key = { HEX_API_KEY: "k" };

/** A user whom the system knows only by a number, as in many containers. */
const unknownUser: Options = {
  through: [
    ...["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"],
    ...["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"],
  ],
  env: { HOME: undefined, HEX_HOME: undefined, XDG_CONFIG_HOME: undefined, XDG_RUNTIME_DIR: undefined },
};

describe("a user without an entry in the system's list", () => {
  itWith(otherUserRights)("needs no home for a key in the environment", async () => {
    const withKey = { ...unknownUser, env: { ...unknownUser.env, ...key } };
    expect(await run(["whoami"], withKey)).toMatchObject({ code: 0, stdout: "ada\n", stderr: "" });
    // Most containers set only HOME.
    const atRoot = { ...withKey, env: { ...withKey.env, HOME: "/" } };
    expect(await run(["key", "list"], atRoot)).toMatchObject({ code: 0 });
  });

  itWith(otherUserRights)("learns what to set if something would be stored", async () => {
    const { code, stderr } = await run(["auth", "--with-key"], { ...unknownUser, stdin: "k\n" });
    expect({ code, stderr }).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/no home[\s\S]*set HOME/),
    });
    const list = await run(["backend", "list", "--json"], unknownUser);
    const { backends } = JSON.parse(list.stdout).output as { backends: { name: string; usable: boolean }[] };
    expect(backends.filter(({ usable }) => usable).map(({ name }) => name)).toEqual(["env"]);
  });
});

describe("a missing directory or file", () => {
  const inRemoved: Options = {
    through: ["sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$@"'],
  };
  const toNothing = () => symlinkSync("/nowhere/hex.config", machine.configPath);

  it.each<[string, readonly string[], Options, (() => void) | undefined, RegExp | undefined]>([
    [
      "a removed working directory",
      ["whoami"],
      { ...inRemoved, env: { HEX_HOME: "hex" } },
      undefined,
      /^Error: HEX_HOME is a relative path, and the working directory was removed/m,
    ],
    [
      "such a directory, with a key",
      ["whoami"],
      { ...inRemoved, env: { ...key, HEX_HOME: "hex" } },
      undefined,
      undefined,
    ],
    ["a link to nothing", ["whoami"], {}, toNothing, /^Error: .*hex\.config\): it is a symbolic link/m],
    [
      "such a link, for a sign-in",
      ["auth", "--with-key"],
      { stdin: "k\n" },
      toNothing,
      /^Error: .*hex\.config\): it is a symbolic link/m,
    ],
    ["such a link, with a key", ["whoami"], { env: key }, toNothing, undefined],
  ])("%s", async (_, args, options, prepare, message) => {
    prepare?.();
    const { code, stdout, stderr } = await run(args, options);
    if (message === undefined) expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: "ada\n" });
    else expect({ code, stderr }).toMatchObject({ code: 5, stderr: expect.stringMatching(message) });
  });

  it("backend list calls no backend usable that a command refuses", async () => {
    const helper = join(machine.home, "docker-credential-broken");
    writeFileSync(
      helper,
      `#!/bin/sh\n[ "$1" = get ] && read -r url && case $url in */default) echo '{"Secret":"x"}';; *) echo '{"Secret":""}';; esac\n`,
    );
    chmodSync(helper, 0o755);
    writeFileSync(machine.configPath, "{");
    const env = { PATH: `${machine.home}:${process.env.PATH}`, HEXPM_API_KEY: "schön" };
    const list = await run(["backend", "list", "--json", "--backend", "env"], { env });
    const { backends } = JSON.parse(list.stdout).output as { backends: { name: string; usable: boolean }[] };
    for (const name of ["file", "env", "helper:broken"]) {
      expect(
        backends.find((one) => one.name === name),
        name,
      ).toMatchObject({ usable: false });
      expect((await run(["whoami", "--backend", name], { env })).code, name).not.toBe(0);
    }
  });
});

describe("variables for yes or no, at a terminal", () => {
  const start = async (args: readonly string[], env: Readonly<Record<string, string>>) => {
    const terminal = openTerminal(args, { machine, env: { HEX_API_URL: `${stub.url}/api`, ...env } });
    try {
      const isAsked = await terminal.expectAny(["? No authenticated user", "Type yes or no"]);
      terminal.type("\x03");
      await terminal.exit();
      return { isAsked, text: terminal.transcript() };
    } finally {
      terminal.kill();
    }
  };

  it.each([
    ["CI=false", 0],
    ["CI=0", 0],
    ["CI=no", 0],
    ["CI= ", 0],
    ["ACCESSIBLE=0", 0],
    ["ACCESSIBLE=yes", 1],
    ["CI=1", -1],
    ["CI=woodpecker", -1],
  ])("%s", async (assignment, asked) => {
    const [name = "", value = ""] = assignment.split("=");
    const { isAsked, text } = await start(["whoami"], { [name]: value });
    expect(isAsked, text).toBe(asked);
    if (asked < 0) expect(text).toMatch(/CI is set; unset it/);
  });
});

describe("a file of hexuser that is linked to a device or a pipe", () => {
  it.each([
    ["names for completion", ".cache/hexuser/key-names.json", ["key", "list"], 0],
    ["settings", ".config/hexuser/settings.json", ["backend", "use", "env"], 5],
    ["credentials", "hex/hex.config", ["auth", "--with-key"], 5],
  ])("leaves its target unchanged: %s", async (_, path, args, code) => {
    const pipe = join(machine.home, "pipe");
    execFileSync("mkfifo", [pipe]);
    const link = join(machine.home, path);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(pipe, link);
    const ended = await run(args, { env: args[0] === "key" ? key : {}, stdin: "k\n" });
    expect(ended, ended.stderr).toMatchObject({ code });
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });
});
