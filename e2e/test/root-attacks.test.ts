import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "vitest";
import { leaveSession } from "../faults/refresh-under-fault.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { itWith, otherUserRights } from "../requirements.ts";
import { type Ended, runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting } from "../setting.ts";
import { startStub } from "../stub-registry.ts";

/** A user without an entry in the user database. */
const other = 4321;
const asOther = ["setpriv", `--reuid=${other}`, `--regid=${other}`, "--clear-groups"];
/** The user must be able to read the attacker's script, wherever this checkout is. */
const canReadAll = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"];
const attacker = fileURLToPath(new URL("../faults/swap-for-links.ts", import.meta.url));
/** Each round runs four commands. */
const rounds = 3;

let registry: TestRegistry;
let setting: Setting;
let vault: string;
beforeAll(async () => {
  registry = await startRegistry("current-basic-off");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
  vault = mkdtempSync(join(tmpdir(), "hexuser-vault-"));
  chmodSync(vault, 0o755);
  mkdirSync(join(vault, "of-root"));
  writeFileSync(join(vault, "of-root", "secret"), '{api_key,<<"of root">>}.\n', { mode: 0o600 });
  mkdirSync(join(vault, "trash"), { mode: 0o700 });
});
afterEach(() => {
  setting.machine.remove();
  rmSync(vault, { recursive: true, force: true });
});

/** The attacker's target: names, owners, modes and content. */
function ofRoot(): unknown {
  const folder = join(vault, "of-root");
  return readdirSync(folder).map((name) => {
    const path = join(folder, name);
    const { ino, uid, gid, mode, mtimeMs } = lstatSync(path);
    const content = lstatSync(path).isFile() ? readFileSync(path, "utf8") : undefined;
    return { name, ino, uid, gid, mode, mtimeMs, content };
  });
}

/** Leaves an expired session with unspent tokens, from where the attacker takes it. */
function leaveSeed(): void {
  const fresh = join(vault, "fresh");
  leaveSession({ ...setting, machine: { ...setting.machine, hexHome: vault, configPath: fresh } }, -10);
  chmodSync(fresh, 0o644);
  renameSync(fresh, join(vault, "seed"));
}

/** Runs commands as root while the home's other user swaps everything in these directories. */
async function runUnderAttack(directories: readonly string[], before: () => void): Promise<Ended[]> {
  const { machine, account } = setting;
  const { secret } = registry.control.createKey({ username: account.username, name: "ci" });
  const commands: readonly (readonly [args: readonly string[], stdin: string])[] = [
    [["auth", "--with-key"], `${secret}\n`],
    [["whoami"], ""],
    [["backend", "use", "file"], ""],
    [["deauth"], ""],
  ];
  const folder = join(vault, "of-root");
  const targets = [join(folder, "secret"), folder, join(folder, "made"), join(vault, "seed")];
  leaveSeed();
  const [program = "", ...args] = [...asOther, ...canReadAll, process.execPath, attacker];
  const swapping = spawn(program, [...args, ...targets, ...directories], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(swapping.stdout, "data");
    const ended: Ended[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const [args, stdin] of commands) {
        before();
        leaveSeed();
        ended.push(await runHexuser(args, { machine, stdin }));
      }
    }
    return ended;
  } finally {
    swapping.kill("SIGKILL");
    await once(swapping, "close");
  }
}

/** Root's files in another user's directory. */
function misplaced(directory: string): string[] {
  const isOthers = lstatSync(directory).uid === other;
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    const found = isOthers && lstatSync(path).uid !== other ? [path] : [];
    return entry.isDirectory() ? [...found, ...misplaced(path)] : found;
  });
}

/** The owners of the directories, and the files that each round restores before a command. */
const homes = {
  "that belongs to somebody else": () => {
    chownSync(setting.machine.home, other, other);
    return () => {};
  },
  "of root's, in which directories belong to somebody else": () => {
    const { home } = setting.machine;
    for (const name of ["hex", ".config", ".cache"]) {
      mkdirSync(join(home, name));
      chownSync(join(home, name), other, other);
    }
    return () => {};
  },
  "of root's, in which everybody may make directories": () => {
    const { home } = setting.machine;
    chmodSync(home, 0o1777);
    let tries = 0;
    return () => {
      tries += 1;
      for (const name of readdirSync(home)) {
        try {
          renameSync(join(home, name), join(vault, "trash", `${tries}${name}`));
        } catch {}
      }
    };
  },
};

describe("root in a home whose directories are replaced with links", () => {
  for (const [title, prepare] of Object.entries(homes)) {
    itWith(otherUserRights)(
      `${title}, and nothing of root's is changed`,
      async () => {
        const { home, hexHome } = setting.machine;
        const before = ofRoot();
        const betweenTries = prepare();
        const directories = [hexHome, join(home, ".config/hexuser"), join(home, ".cache/hexuser")];
        const ended = await runUnderAttack(directories, betweenTries);
        expect(ended.filter(({ code }) => code === null || code > 8)).toEqual([]);
        expect(ofRoot()).toEqual(before);
        expect(misplaced(home)).toEqual([]);
      },
      180_000,
    );
  }
});

describe("root in a home in which everybody can create directories", () => {
  const plants = {
    "a directory": (path: string) => {
      mkdirSync(path);
      chownSync(path, other, other);
    },
    "a link to one of root's": (path: string) => {
      symlinkSync(join(vault, "of-root"), path);
      lchownSync(path, other, other);
    },
  };
  for (const [title, plant] of Object.entries(plants)) {
    itWith(otherUserRights)(
      `another user puts ${title} in the place of a missing one, and root ignores it`,
      async () => {
        const { machine, account } = setting;
        chmodSync(machine.home, 0o1777);
        const { secret } = registry.control.createKey({ username: account.username, name: "late" });
        const before = ofRoot();
        const stub = await startStub(async ({ url, headers }) => {
          for (const name of ["hex", ".config", ".cache"]) {
            const path = join(machine.home, name);
            if (!existsSync(path)) plant(path);
          }
          const { authorization = "" } = headers;
          const answer = await fetch(registry.url + url, { headers: { authorization } });
          return { status: answer.status, json: await answer.json() };
        });
        try {
          const env = { HEX_API_URL: `${stub.url}/api`, XDG_CONFIG_HOME: undefined };
          const ended = await runHexuser(["auth", "--with-key"], { machine, env, stdin: `${secret}\n` });
          expect(stub.asked).not.toEqual([]);
          expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining(machine.hexHome) });
        } finally {
          await stub.close();
        }
        expect(ofRoot()).toEqual(before);
        expect(misplaced(machine.home)).toEqual([]);
      },
      180_000,
    );
  }
});
