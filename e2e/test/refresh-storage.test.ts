import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  countRefreshes,
  leaveSession,
  refreshUnderFault,
  traceRefresh,
} from "../faults/refresh-under-fault.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { asOrdinaryUser, itWith, mountRights, otherUserRights, tracer } from "../requirements.ts";
import { type RunOptions, runHexuser } from "../run-hexuser.ts";
import { createSetting, type Setting } from "../setting.ts";

let registry: TestRegistry;
let setting: Setting;
beforeAll(async () => {
  registry = await startRegistry("current-basic-off");
});
afterAll(() => registry.close());
beforeEach(async () => {
  setting = await createSetting(registry);
  mkdirSync(setting.machine.hexHome, { mode: 0o700 });
});
afterEach(() => setting.machine.remove());

const run = (args: readonly string[], options: Partial<RunOptions> = {}) =>
  runHexuser(args, { machine: setting.machine, ...options });
const config = () => readFileSync(setting.machine.configPath, "utf8");
const reserve = () => join(setting.machine.hexHome, ".hex.config.hexuser-reserve");
const signedIn = () => ({ code: 0, stdout: `${setting.account.username}\n` });

/** A failure before anything is spent names its cause. hexuser uses a token that is still valid, with a warning. */
async function expectNothingSpent(cause: RegExp, options: Partial<RunOptions> = {}): Promise<void> {
  const expired = await run(["whoami"], options);
  expect(expired).toMatchObject({ code: 5, stdout: "" });
  expect(expired.stderr).toMatch(cause);
  expect(countRefreshes(setting)).toBe(0);
}
async function expectWarning(cause: RegExp, options: Partial<RunOptions> = {}): Promise<void> {
  const good = await run(["whoami"], options);
  expect(good).toMatchObject(signedIn());
  expect(good.stderr).toMatch(/^Warning: The session ends soon/);
  expect(good.stderr).toMatch(cause);
  expect(countRefreshes(setting)).toBe(0);
}

describe("the lock of a file with several links", () => {
  it("lets fifteen processes in three homes refresh once", { timeout: 180_000 }, async () => {
    leaveSession(setting, -10);
    const homes = ["one", "two", "three"].map((name) => join(setting.machine.home, name));
    for (const home of homes) {
      mkdirSync(home);
      symlinkSync(setting.machine.configPath, join(home, "hex.config"));
    }
    const ended = await Promise.all(
      Array.from({ length: 15 }, (_, index) =>
        run(["whoami"], { env: { HEX_HOME: homes[index % 3] }, limit: 150_000 }),
      ),
    );
    expect(ended.map(({ code, stdout, stderr }) => ({ code, stdout, stderr }))).toEqual(
      Array(15).fill({ ...signedIn(), stderr: "" }),
    );
    expect(countRefreshes(setting)).toBe(1);
  });
});

describe("a session whose new tokens can't be stored", () => {
  itWith(mountRights)("is not refreshed on a full or read-only disk", async () => {
    const disk = setting.machine.hexHome;
    mount("-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", disk);
    try {
      leaveSession(setting, -10);
      await run(["deauth", "--api-url", "http://localhost:1"]);
      fill(disk);
      await expectNothingSpent(/no space is left/);
      rmSync(join(disk, "ballast"));
      leaveSession(setting, 100);
      fill(disk);
      await expectWarning(/no space is left/);
      mount("-o", "remount,ro", disk);
      await expectWarning(/read-only/);
      // Nobody should approve a sign-in that can't be stored.
      const signIn = await run(["auth", "--method", "device"]);
      expect(signIn).toMatchObject({ code: 5, stdout: "" });
      expect(registry.control.requests().counts["POST /api/oauth/device_authorization"]).toBeUndefined();
      mount("-o", "remount,rw", disk);
      rmSync(join(disk, "ballast"));
      expect(await run(["whoami"])).toMatchObject({ ...signedIn(), stderr: "" });
      expect(countRefreshes(setting)).toBe(1);
    } finally {
      spawnSync("umount", [disk]);
    }
  });

  itWith(otherUserRights)("is not refreshed if another user owns the file", async () => {
    leaveSession(setting, -10);
    for (const mode of [0o755, 0o1777]) {
      chmodSync(setting.machine.hexHome, mode);
      await expectNothingSpent(/permission denied/, { through: asOrdinaryUser });
    }
  });

  it("is not refreshed if a helper can't store it", async () => {
    const { home } = setting.machine;
    const items = join(home, "items");
    mkdirSync(items);
    const helper = join(home, "docker-credential-fake");
    writeFileSync(helper, helperScript(items), { mode: 0o755 });
    const options = { env: { HEXUSER_BACKEND: "helper:fake", PATH: `${home}:${process.env.PATH}` } };
    leaveSession(setting, 100);
    const moved = await run(["backend", "move", "--to", "helper:fake"], {
      env: { PATH: options.env.PATH },
    });
    expect(moved.code, moved.stderr).toBe(0);
    writeFileSync(join(items, "broken"), "");
    await expectWarning(/the vault is sealed/, options);
    rmSync(join(items, "broken"));
    expect(await run(["whoami"], options)).toMatchObject({ ...signedIn(), stderr: "" });
    expect(countRefreshes(setting)).toBe(1);
    // The probe had the size of the credentials and its own name, and it is gone.
    const stored = readFileSync(join(items, "log"), "utf8").trim().split("\n");
    expect(stored.slice(-2).map((line) => line.replace(/[0-9a-f]{12}/, "…").split(" ")[0])).toEqual([
      `${registry.url}/hexuser/-probe.…`,
      `${registry.url}/hexuser/default`,
    ]);
    expect(existsSync(join(items, "current"))).toBe(true);
  });
});

describe("a hex.config that is a mount itself", () => {
  const mounted = () => ({
    through: ["unshare", "-m", "sh", "-c", 'mount --bind "$0" "$0" && exec "$@"', setting.machine.configPath],
  });

  itWith(mountRights)("is refreshed in place, and holds the session outside, too", async () => {
    leaveSession(setting, -10);
    const { ino } = statSync(setting.machine.configPath);
    expect(await run(["whoami"], mounted())).toMatchObject({ ...signedIn(), stderr: "" });
    expect(countRefreshes(setting)).toBe(1);
    expect(statSync(setting.machine.configPath).ino).toBe(ino);
    expect(existsSync(reserve())).toBe(false);
    expect(await run(["whoami"])).toMatchObject({ ...signedIn(), stderr: "" });
    const { size } = statSync(setting.machine.configPath);
    expect((await run(["deauth"], mounted())).code).toBe(0);
    // The file isn't cut, because a reader would find only half of it.
    expect(statSync(setting.machine.configPath).size).toBe(size);
    expect(config()).not.toContain("oauth_token");
    expect((await run(["whoami"])).code).toBe(4);
  });
});

describe("a refresh with faults", () => {
  const renameFails = async () => refreshUnderFault(setting, { name: "rename", nth: 1 }, "EIO");

  itWith(tracer)("keeps new tokens until they can be stored", async () => {
    const { ended, survives, refreshes } = await renameFails();
    expect(ended).toMatchObject(signedIn());
    expect(ended.stderr).toContain(`The session's new tokens are in ${reserve()}`);
    expect({ survives, refreshes }).toEqual({ survives: true, refreshes: 1 });
    leaveReserve(await keptTokens());
    expect((await run(["deauth"])).code).toBe(0);
    expect(existsSync(reserve())).toBe(false);
  });

  itWith(tracer)("uses kept tokens only for the pair that was spent", async () => {
    const kept = await keptTokens();
    leaveSession(setting, 1800);
    const other = config();
    leaveReserve(kept);
    expect(await run(["whoami"])).toMatchObject(signedIn());
    expect(config()).toBe(other);
    const key = registry.control.createKey({ username: setting.account.username, name: "brought" }).secret;
    expect((await run(["auth", "--with-key"], { stdin: `${key}\n` })).code).toBe(0);
    expect(existsSync(reserve())).toBe(false);
    expect(config()).toContain(key);
  });

  itWith(tracer)("removes no kept tokens that can't be read now", async () => {
    await keptTokens();
    const through = [
      "strace",
      "-f",
      "-qq",
      "-o",
      "/dev/null",
      "-P",
      reserve(),
      "-e",
      "inject=openat:error=EIO",
    ];
    const failed = await run(["whoami"], { through });
    expect(failed).toMatchObject({ code: 5, stdout: "" });
    expect(failed.stderr).toContain(`(${reserve()}): the device has an error`);
    expect(await run(["whoami"])).toMatchObject(signedIn());
  });

  itWith(tracer)(
    "loses nothing whatever call fails",
    async () => {
      const calls = await traceRefresh(setting, true);
      const lasting = calls.filter(({ name }) => /^(pwrite64|fsync|rename|ftruncate)$/.test(name));
      expect(lasting.length).toBeGreaterThan(8);
      let hits = 0;
      for (const [index, call] of lasting.entries()) {
        const fault = (["ENOSPC", "EIO", "EROFS", "EBUSY", "EDQUOT"] as const)[index % 5] ?? "EIO";
        const { isHit, survives, ended } = await refreshUnderFault(setting, call, fault);
        hits += Number(isHit);
        expect({ call, fault, survives, stderr: survives ? "" : ended.stderr }).toMatchObject({
          survives: true,
        });
      }
      expect(hits).toBeGreaterThan(8);
    },
    180_000,
  );

  /** Returns the reserve of a refresh that can't rename. The file is unchanged. */
  async function keptTokens(): Promise<string> {
    leaveSession(setting, -10);
    const through = [
      "strace",
      "-f",
      "--seccomp-bpf",
      "-qq",
      "-o",
      "/dev/null",
      "-e",
      "inject=rename:error=EIO",
    ];
    expect(await run(["whoami"], { through })).toMatchObject(signedIn());
    return readFileSync(reserve(), "utf8");
  }
  function leaveReserve(text: string): void {
    writeFileSync(reserve(), text, { mode: 0o600 });
  }
});

describe("every file of hexuser", () => {
  it("doesn't block on a named pipe or read a device", async () => {
    leaveSession(setting, 1800);
    const folder = join(setting.machine.home, ".config", "hexuser");
    const settings = join(folder, "settings.json");
    mkdirSync(folder, { recursive: true });
    const damaged = {
      code: 5,
      stderr: expect.stringContaining(`The settings in ${settings} can't be read.`),
    };
    symlinkSync("/dev/zero", settings);
    expect(await run(["whoami"])).toMatchObject(damaged);
    rmSync(settings);
    spawnSync("mkfifo", [settings, reserve()]);
    expect(await run(["whoami"])).toMatchObject(damaged);
    rmSync(settings);
    expect(await run(["whoami"])).toMatchObject(signedIn());
    expect((await run(["deauth"])).code).toBe(0);
    expect(existsSync(reserve())).toBe(false);
  });

  itWith(tracer)("is created exclusively, synced and renamed at the target of its link", async () => {
    const { home } = setting.machine;
    const [folder, elsewhere] = [join(home, ".config", "hexuser"), join(home, "elsewhere")];
    for (const directory of [folder, elsewhere]) mkdirSync(directory, { recursive: true });
    writeFileSync(join(elsewhere, "real.json"), "{}");
    symlinkSync(join(elsewhere, "real.json"), join(folder, "settings.json"));
    const log = join(home, "trace");
    const calls = "trace=openat,fsync,rename";
    const through = [
      "strace",
      "-f",
      "--seccomp-bpf",
      "-qq",
      "-y",
      "-o",
      log,
      "-e",
      calls,
      "-e",
      "signal=none",
    ];
    expect((await run(["backend", "use", "file"], { through })).code).toBe(0);
    const text = readFileSync(log, "utf8");
    const [, fresh = ""] = /rename\("([^"]+)", "[^"]*real\.json"\)/.exec(text) ?? [];
    const lines = text.split("\n").filter((line) => line.includes(fresh) || line.includes(`fsync(`));
    expect(fresh).not.toBe("");
    expect(lines.map((line) => /\d+ +(\w+)/.exec(line)?.[1])).toEqual(["openat", "fsync", "rename", "fsync"]);
    expect(lines[0]).toMatch(/O_CREAT\|O_EXCL.*0600/);
    expect(JSON.parse(readFileSync(join(elsewhere, "real.json"), "utf8"))).toMatchObject({
      default: { backend: "file" },
    });
  });
});

function mount(...args: readonly string[]): void {
  const { status, stderr } = spawnSync("mount", args);
  if (status !== 0) throw new Error(`mount: ${stderr}`);
}

/** Leaves no free byte. */
function fill(folder: string): void {
  try {
    for (;;) writeFileSync(join(folder, "ballast"), Buffer.alloc(4096), { flag: "a" });
  } catch {}
}

/** A helper that stores items in files, and that fails while there is a file `broken`. */
function helperScript(items: string): string {
  return `#!/bin/sh
cd ${items}
case $1 in
  get) read -r url; f=$(printf %s "$url" | tr / _); [ -f "kept$f" ] || { echo "credentials not found in native keychain"; exit 1; }; cat "kept$f";;
  store) [ -e broken ] && { echo "the vault is sealed"; exit 1; }
    cat > new; url=$(sed 's/^{"ServerURL":"//; s/".*//' new); echo "$url $(wc -c < new)" >> log; cp new current
    mv new "kept$(printf %s "$url" | tr / _)";;
  erase) read -r url; rm -f "kept$(printf %s "$url" | tr / _)";;
  list) echo '{}';;
esac
`;
}
