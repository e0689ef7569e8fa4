import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "vitest";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { itWith, otherUserRights } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting } from "../setting.ts";

/** A user without an entry in the user database, who may own a container's volume. */
const other = 4321;
const localPassword = "open sesame";

let registry: TestRegistry;
let setting: Setting;
beforeAll(async () => {
  registry = await startRegistry("classic-2021");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
  if (otherUserRights.met) chownSync(setting.machine.home, other, other);
});
afterEach(() => setting.machine.remove());

const run = (args: readonly string[], stdin = "", env: Readonly<Record<string, string | undefined>> = {}) =>
  runHexuser(args, { machine: setting.machine, stdin, env });

function ownersIn(directory: string): number[] {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return [...new Set(names.map((name) => lstatSync(join(directory, name)).uid))];
}

describe("root, in the home of another user", () => {
  itWith(otherUserRights)(
    "leaves nothing that belongs to root, and names the user as whom it runs",
    async () => {
      const { account, machine } = setting;
      const steps: readonly [readonly string[], string][] = [
        [
          ["auth", "--username", account.username, "--password-stdin", "--local-password-stdin", "--verbose"],
          `${account.password}\n${localPassword}\n`,
        ],
        [["whoami"], ""],
        [["key", "generate", "--key-name", "ci", "--local-password-stdin"], `${localPassword}\n`],
        [["key", "list"], ""],
        [["backend", "use", "file"], ""],
      ];
      for (const [args, stdin] of steps) {
        const { code, stderr } = await run(args, stdin);
        expect({ args, code, stderr: code === 0 ? "" : stderr }).toEqual({ args, code: 0, stderr: "" });
        if (args.includes("--verbose")) expect(stderr).toContain(`${machine.home} belongs to user ${other}`);
      }
      expect(ownersIn(machine.home)).toEqual([other]);
      expect(lstatSync(machine.configPath).mode & 0o777).toBe(0o600);
    },
    180_000,
  );

  itWith(otherUserRights)(
    "reads the files of the command line as root, and works with a key",
    async () => {
      const { account, machine } = setting;
      const { secret } = registry.control.createKey({ username: account.username, name: "ci" });
      expect(await run(["whoami"], "", { HEX_API_KEY: secret })).toMatchObject({ code: 0 });
      const document = join(machine.home, "root-only.json");
      const answers = join(machine.home, "answers.json");
      writeFileSync(document, '{"operation":"whoami","input":{}}', { mode: 0o600 });
      writeFileSync(answers, JSON.stringify({ otp: "123456" }), { mode: 0o600 });
      const ended = await run(["run", document, "--secrets-from", answers], "", { HEX_API_KEY: secret });
      expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
      expect(lstatSync(document).uid).toBe(0);
    },
    180_000,
  );

  itWith(otherUserRights)(
    "follows no link with root's rights",
    async () => {
      const { machine, account } = setting;
      const secrets = join(machine.home, "of-root");
      mkdirSync(secrets, { mode: 0o700 });
      mkdirSync(machine.hexHome);
      chownSync(machine.hexHome, other, other);
      const { secret } = registry.control.createKey({ username: account.username, name: "link" });
      for (const name of ["hex.config", ".hexuser.lock"]) {
        symlinkSync(join(secrets, name), join(machine.hexHome, name));
        expect(await run(["auth", "--with-key"], `${secret}\n`)).toMatchObject({ code: 5 });
      }
      expect(readdirSync(secrets)).toEqual([]);
    },
    180_000,
  );

  itWith(otherUserRights)(
    "ignores another user's caches if HEX_HOME belongs to root",
    async () => {
      const { machine, account } = setting;
      mkdirSync(machine.hexHome);
      const below = join(machine.home, "mixed");
      mkdirSync(below);
      chownSync(below, other, other);
      chownSync(machine.home, 0, 0);
      const { secret } = registry.control.createKey({ username: account.username, name: "mixed" });
      const env = { HOME: below, XDG_CONFIG_HOME: undefined };
      expect(await run(["auth", "--with-key"], `${secret}\n`, env)).toMatchObject({ code: 0 });
      expect(await run(["key", "list"], "", env)).toMatchObject({ code: 0 });
      expect(lstatSync(machine.configPath).uid).toBe(0);
      expect(readdirSync(below)).toEqual([]);
    },
    180_000,
  );

  itWith(otherUserRights)(
    "fails before it touches anything if it can't become that user",
    async () => {
      const { machine, account } = setting;
      const { secret } = registry.control.createKey({ username: account.username, name: "closed" });
      // The test's own lines need no home. Neither do a key and an address.
      const through = ["setpriv", "--bounding-set=-setuid", "--inh-caps=-setuid"];
      const without = (args: readonly string[], env: Readonly<Record<string, string | undefined>>) =>
        runHexuser(args, { machine, env, through });
      const ended = await without(["whoami"], {});
      expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining("can't become that user") });
      expect(await without(["whoami"], { HEX_API_KEY: secret })).toMatchObject({ code: 0 });
      expect(readdirSync(machine.home)).toEqual([]);
    },
    180_000,
  );
});

describe("root, in its own home", () => {
  itWith(otherUserRights)("creates nothing through links to another user's directory", async () => {
    const { machine } = setting;
    const theirs = join(machine.home, "theirs");
    const config = join(machine.home, ".config", "hexuser");
    for (const folder of [theirs, machine.hexHome, config]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(theirs, "hex.config"), '{api_key,<<"k">>}.\n', { mode: 0o600 });
    for (const path of [theirs, join(theirs, "hex.config")]) chownSync(path, other, other);
    chownSync(machine.home, 0, 0);
    symlinkSync(join(theirs, "hex.config"), machine.configPath);
    symlinkSync(join(theirs, "settings.json"), join(config, "settings.json"));
    for (const args of [
      ["deauth", "--keep-remote", "--adopt-credentials"],
      ["backend", "use", "file"],
    ]) {
      const { code, stderr } = await run(args);
      expect({ args, code, stderr }).toMatchObject({ code: 5 });
    }
    expect(readdirSync(theirs)).toEqual(["hex.config"]);
    expect(ownersIn(theirs)).toEqual([other]);
  });
});

describe("a lock that is a link", () => {
  itWith(otherUserRights)(
    "creates no file",
    async () => {
      const { machine, account } = setting;
      chownSync(machine.home, 0, 0);
      chmodSync(machine.home, 0o755);
      mkdirSync(machine.hexHome);
      symlinkSync(join(machine.home, "made"), join(machine.hexHome, ".hexuser.lock"));
      const { secret } = registry.control.createKey({ username: account.username, name: "lock" });
      expect(await run(["auth", "--with-key"], `${secret}\n`)).toMatchObject({ code: 5 });
      expect(existsSync(join(machine.home, "made"))).toBe(false);
    },
    180_000,
  );
});
