import { chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "vitest";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { itWith, mountRights, otherUserRights } from "../requirements.ts";
import { runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting } from "../setting.ts";
import { openTerminal } from "../terminal.ts";
import { replyUntilEnd } from "../terminal-replies.ts";
import { journeys } from "../wizard/journeys.ts";
import { openStage } from "../wizard/stage.ts";
import { walk } from "../wizard/walk.ts";

/** A user without an entry in the user database. */
const other = 4321;
/** `games`, whom every Debian has. */
const games = { uid: 5, gid: 60 };
/** The number by which a user namespace shows unknown users. */
const overflow = 65534;
const limit = 60_000;

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

function ownersIn(directory: string): number[] {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return [...new Set(names.map((name) => lstatSync(join(directory, name)).uid))];
}

/** Runs the program in the same process after a line of shell, in which `$0` is a file's path. */
const after = (line: string, file: string) => ["unshare", "-m", "sh", "-c", `${line} && exec "$@"`, file];

describe("root, in the home of a user in the user database", () => {
  itWith(otherUserRights, mountRights)(
    "gets all of their groups, and no other",
    async () => {
      const { machine } = setting;
      const commands = join(machine.home, "commands");
      const groups = join(machine.home, "groups");
      mkdirSync(commands);
      const helper = '#!/bin/sh\ngrep -E "^(Uid|Gid|Groups):" /proc/$$/status >"$HOME/seen"\nexit 1\n';
      writeFileSync(join(commands, "docker-credential-look"), helper, { mode: 0o755 });
      writeFileSync(groups, `${readFileSync("/etc/group", "utf8")}hexuser-players:x:54321:games\n`);
      chownSync(machine.home, games.uid, games.gid);
      await runHexuser(["whoami", "--backend", "helper:look"], {
        machine,
        env: { PATH: `${commands}:${machine.env.PATH}` },
        through: after('mount --bind "$0" /etc/group', groups),
      });
      const seen = readFileSync(join(machine.home, "seen"), "utf8").trim().split(/\s*\n/);
      expect(seen).toEqual(["Uid:\t5\t5\t5\t5", "Gid:\t60\t60\t60\t60", "Groups:\t60 54321"]);
      expect(lstatSync(join(machine.home, "seen")).uid).toBe(games.uid);
    },
    180_000,
  );
});

describe("root, in the home of a user that this namespace doesn't map", () => {
  itWith(otherUserRights, mountRights)(
    "fails before it touches anything",
    async () => {
      const { machine } = setting;
      chownSync(machine.home, overflow, overflow);
      const users = join(machine.home, "users");
      writeFileSync(users, "         0       1000          1\n");
      // Some machines can't make such a namespace: the system refuses it in a changed root.
      const through = after('mount --bind "$0" /proc/$$/uid_map', users);
      const ended = await runHexuser(["auth", "--with-key"], {
        machine,
        through,
        stdin: "0123456789abcdef\n",
      });
      expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining("in this user namespace") });
      expect(readdirSync(machine.home)).toEqual(["users"]);
    },
    180_000,
  );
});

describe("root, on a terminal in the home of another user", () => {
  itWith(otherUserRights)(
    "asks, completes and leaves nothing that belongs to root",
    async () => {
      const { machine, account } = setting;
      const { secret } = registry.control.createKey({ username: account.username, name: "typed" });
      const signingIn = openTerminal(["auth", "--with-key"], { machine, limit });
      expect(await replyUntilEnd(signingIn, [{ question: "API key", typed: secret }])).toBe(0);
      expect(await runHexuser(["key", "list"], { machine })).toMatchObject({ code: 0 });
      const completed = await runHexuser(["--complete", "fish", "=typ", "key", "revoke"], { machine });
      expect(completed).toMatchObject({ code: 0, stdout: expect.stringContaining("typed") });
      const registering = openTerminal(["register", "--username", "late", "--email", "l@example.com"], {
        machine,
        limit,
      });
      const replies = [
        { question: "Do you accept them?", typed: "y" },
        { question: "Account password", typed: "correct horse" },
        { question: "Local password", typed: "open sesame" },
      ];
      expect(await replyUntilEnd(registering, replies), registering.transcript()).toBe(0);
      expect(ownersIn(machine.home)).toEqual([other]);
    },
    180_000,
  );

  itWith(otherUserRights)(
    "is led through the wizard, and leaves nothing that belongs to root",
    async () => {
      const journey = journeys.find(({ args }) => args[0] === "register");
      if (journey === undefined) throw new Error("There is no such journey.");
      const stage = await openStage({
        ...journey,
        look: "rich",
        before: ({ machine }) => chownSync(machine.home, other, other),
      });
      try {
        await walk(stage, journey.steps);
        expect(await stage.exitCode(), stage.terminal.transcript()).toBe(0);
        expect(ownersIn(stage.machine.home)).toEqual([other]);
      } finally {
        await stage.close();
      }
    },
    180_000,
  );
});
