import { execFileSync } from "node:child_process";
import {
  chmod,
  chown,
  lchown,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startScript } from "./file/run-node.ts";
import { backendIn, makeHome, type TemporaryHome } from "./file/temporary-home.ts";

let home: TemporaryHome;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

const hexpm = { profile: "default", origin: "https://hex.pm" };
const store = (root: string) => backendIn(root).update(hexpm, async () => ({ apiKey: "k-s3cret" }));
const update = (root: string) => backendIn(root).update(hexpm, async () => ({ apiKey: "other-s3cret" }));
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
const isRoot = process.getuid?.() === 0;
const isPosix = process.platform !== "win32";
const nobody = 65534;

async function tryUpdate(root: string, { umask = "", uid }: { umask?: string; uid?: number }) {
  const parameters = [root, umask, ...(uid === undefined ? [] : [String(uid)])];
  const { stdout, stderr } = await startScript("try-update.ts", parameters).finished;
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

describe.runIf(isPosix)("modes", () => {
  it.each(["0000", "0022", "0077", "0777"])(
    "allow access only to the owner, for any umask (%s)",
    async (umask) => {
      const root = join(home.root, "deep", "hex");
      await mkdir(dirname(root));
      if (umask !== "0777") {
        expect((await tryUpdate(root, { umask })).update).toEqual({ value: null });
        expect(await modeOf(root)).toBe("700");
      } else {
        await mkdir(root, { mode: 0o700 });
        expect((await tryUpdate(root, { umask })).update).toEqual({ value: null });
      }
      expect(await modeOf(join(root, "hex.config"))).toBe("600");
      expect(await modeOf(join(root, ".hexuser.lock"))).toBe("600");
    },
  );

  it("are restricted to the owner when hexuser writes a looser file, but those of the directory stay", async () => {
    await home.write("{offline,false}.\n");
    await chmod(home.path, 0o644);
    await chmod(home.root, 0o755);
    await store(home.root);
    expect(await modeOf(home.path)).toBe("600");
    expect(await modeOf(home.root)).toBe("755");
  });
});

describe("a symbolic link", () => {
  it("is followed and stays", async () => {
    const elsewhere = join(home.root, "elsewhere");
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, "real"), "{offline,false}.\n");
    await symlink("real", join(elsewhere, "middle"));
    await symlink(join("elsewhere", "middle"), home.path);
    await store(home.root);
    expect((await lstat(home.path)).isSymbolicLink()).toBe(true);
    expect((await lstat(join(elsewhere, "real"))).isFile()).toBe(true);
    expect(await readFile(join(elsewhere, "real"), "utf8")).toContain("k-s3cret");
    // The lock is beside the file, because others may use other links to it.
    expect((await readdir(elsewhere)).sort()).toEqual([".hexuser.lock", "middle", "real"]);
  });

  it("to a missing file makes hexuser fail, because the file may be on a disk that isn't mounted", async () => {
    await symlink("later", home.path);
    const failure = { code: "storage_unavailable", message: expect.stringContaining("symbolic link") };
    await expect(home.backend.read(hexpm)).rejects.toMatchObject({ failure });
    await expect(store(home.root)).rejects.toMatchObject({ failure });
    expect(await readdir(home.root)).not.toContain("later");
  });

  it("to itself makes hexuser fail", async () => {
    await symlink("hex.config", home.path);
    await expect(home.backend.read(hexpm)).rejects.toMatchObject({
      failure: { code: "storage_unavailable" },
    });
    await expect(store(home.root)).rejects.toMatchObject({ failure: { code: "storage_unavailable" } });
  });
});

describe("the file can't be read if it", () => {
  it("is a directory", async () => {
    await mkdir(home.path);
    await expect(home.backend.read(hexpm)).rejects.toMatchObject({
      failure: { code: "storage_unavailable" },
    });
  });

  it.runIf(isPosix)("is a named pipe, which isn't waited for", async () => {
    execFileSync("mkfifo", [home.path]);
    await expect(home.backend.read(hexpm)).rejects.toMatchObject({
      failure: { code: "storage_unavailable", message: expect.stringContaining(home.path) },
    });
  });

  it("is below another file", async () => {
    await writeFile(join(home.root, "file"), "");
    const root = join(home.root, "file", "hex");
    await expect(backendIn(root).read(hexpm)).rejects.toMatchObject({
      failure: { code: "storage_unavailable" },
    });
    await expect(store(root)).rejects.toMatchObject({ failure: { code: "storage_write_failed" } });
    expect(await backendIn(root).available()).toMatchObject({ available: false });
  });

  it("is damaged, and a change leaves it unchanged", async () => {
    await home.write('{api_key,<<"s3cret">>}.\n{broken\n');
    await expect(store(home.root)).rejects.toMatchObject({ failure: { code: "storage_damaged" } });
    expect(await home.read()).toBe('{api_key,<<"s3cret">>}.\n{broken\n');
  });
});

describe.runIf(isRoot && isPosix)("another user (the tests run as root)", () => {
  const other = { uid: nobody };
  beforeEach(() => chmod(home.root, 0o755));

  it("can't write to a read-only directory, and finds out before the change runs", async () => {
    await home.write("{offline,false}.\n");
    await chmod(home.path, 0o644);
    const { read, update, ran } = await tryUpdate(home.root, other);
    expect(read).toEqual({ value: null });
    expect(update).toMatchObject({
      code: "storage_write_failed",
      message: expect.stringMatching(/^The credentials can't be written .*: permission denied\.$/),
      hint: [expect.stringContaining("HEX_HOME")],
    });
    expect(ran).toBe(false);
    expect(await readdir(home.root)).toEqual(["hex.config"]);
  });

  it("can't write there even if the lock exists already", async () => {
    await writeFile(join(home.root, ".hexuser.lock"), "");
    await chown(join(home.root, ".hexuser.lock"), nobody, nobody);
    const { update, ran } = await tryUpdate(home.root, other);
    expect([update.code, ran]).toEqual(["storage_write_failed", false]);
  });

  it("can't read root's file", async () => {
    await store(home.root);
    const { available, read } = await tryUpdate(home.root, other);
    expect(read).toMatchObject({
      code: "storage_unavailable",
      message: expect.stringContaining("permission"),
    });
    expect(available).toMatchObject({ available: false, why: expect.stringContaining(home.path) });
  });

  it("stays the owner of a file in root's directory after root changes it, but root follows no link of that user", async () => {
    await home.write("{offline,false}.\n");
    await chown(home.path, nobody, nobody);
    await store(home.root);
    expect((await stat(home.path)).uid).toBe(nobody);
    await rename(home.path, join(home.root, "real"));
    await symlink("real", home.path);
    await lchown(home.path, nobody, nobody);
    await expect(update(home.root)).rejects.toMatchObject({ failure: { code: "storage_unavailable" } });
    expect(await readFile(join(home.root, "real"), "utf8")).toContain("k-s3cret");
  });

  it("can't make root use its lock", async () => {
    await writeFile(join(home.root, ".hexuser.lock"), "");
    await chown(join(home.root, ".hexuser.lock"), nobody, nobody);
    await expect(store(home.root)).rejects.toMatchObject({ failure: { code: "storage_write_failed" } });
  });
});

/** Mounts a small file system, if this process may. */
function mountSmall(at: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=32k,mode=700", "tmpfs", at], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
async function canMount(): Promise<boolean> {
  const probe = await makeHome();
  const mounted = isRoot && mountSmall(probe.root);
  if (mounted) {
    execFileSync("umount", [probe.root]);
  }
  await probe.remove();
  return mounted;
}

describe.runIf(await canMount())("a full file system (skipped if tmpfs can't be mounted)", () => {
  beforeEach(() => mountSmall(home.root));
  afterEach(() => execFileSync("umount", ["-l", home.root]));

  it("keeps the old file whole, and tells that it is full", async () => {
    await store(home.root);
    const before = await home.read();
    await writeFile(join(home.root, "filler"), Buffer.alloc(64 * 1024)).catch(() => undefined);
    const large = { apiKey: "s3cret".repeat(2000) };
    await expect(home.backend.update(hexpm, async () => large)).rejects.toMatchObject({
      failure: {
        code: "storage_write_failed",
        message: `The credentials can't be written (${home.path}): no space is left on the device.`,
        hint: [expect.stringContaining("free some space")],
      },
    });
    expect(await home.read()).toBe(before);
    expect((await readdir(home.root)).sort()).toEqual([".hexuser.lock", "filler", "hex.config"]);
  });

  it("is recognized as read-only", async () => {
    await store(home.root);
    execFileSync("mount", ["-o", "remount,ro", home.root]);
    await expect(store(home.root)).rejects.toMatchObject({
      failure: { code: "storage_write_failed", message: expect.stringContaining("read-only") },
    });
  });
});
