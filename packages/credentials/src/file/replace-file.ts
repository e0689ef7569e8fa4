import { constants } from "node:fs";
import { access, lstat, mkdir, open, readdir, readlink, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FailureError } from "@hexuser/core";
import { errnoOf, fileFailure } from "./file-failure.ts";
import { readBytes } from "./read-config.ts";

const longestLinkChain = 40;
/** Milliseconds. On Windows another program (a virus scanner) may hold the file for a moment. */
const renamePauses = [10, 20, 40, 80, 160, 320, 640];
/** Milliseconds after which a temporary file can't be one that is just being written on another machine. */
const abandonedAfter = 5000;

/**
 * Makes the directory (for its owner alone) where it is missing.
 * Fails with `storage_write_failed`.
 */
export async function makeDirectory(directory: string): Promise<void> {
  await orWriteFailure(directory, () => mkdir(directory, { recursive: true, mode: 0o700 }));
}

/** The file that a chain of symbolic links leads to, whether it exists or not. */
export async function followLinks(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links <= longestLinkChain; links += 1) {
    const status = await orWriteFailure(target, () => lstat(target).catch(ignoreMissing));
    if (status === undefined || !status.isSymbolicLink()) {
      return target;
    }
    target = resolve(dirname(target), await orWriteFailure(target, () => readlink(target)));
  }
  throw fileFailure("storage_write_failed", path, Object.assign(new Error("links"), { code: "ELOOP" }));
}

/** Fails with `storage_write_failed` if the file couldn't be replaced: better known before tokens are spent. */
export async function checkReplaceable(target: string): Promise<void> {
  const directory = dirname(target);
  await orWriteFailure(directory, () => access(directory, constants.W_OK | constants.X_OK));
}

/**
 * Replaces the file by one with this content, readable for its owner alone, so that a reader finds the old or the
 * new one whole, whenever the program ends. `target` is no symbolic link.
 *
 * @param before the bytes that the new content was made from
 * @returns false, with nothing changed, when the file holds something else by now
 */
export async function replaceFile(
  target: string,
  content: Uint8Array,
  before: Buffer | undefined,
): Promise<boolean> {
  const directory = dirname(target);
  await removeAbandoned(target);
  const random = process.getBuiltinModule("node:crypto").randomBytes(6).toString("hex");
  const temporary = join(directory, `${temporaryPrefix(target)}${process.pid}.${random}.tmp`);
  try {
    await writeNew(temporary, content, target);
    const { bytes } = readBytes(target);
    const unchanged = before === undefined ? bytes === undefined : bytes?.equals(before) === true;
    if (unchanged) {
      await renamePatiently(temporary, target);
      await syncDirectory(directory);
    } else {
      await unlink(temporary);
    }
    return unchanged;
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error instanceof FailureError ? error : fileFailure("storage_write_failed", target, error);
  }
}

async function writeNew(path: string, content: Uint8Array, target: string): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  // The umask may have taken more away.
  await file.chmod(0o600);
  await keepOwner((uid, gid) => file.chown(uid, gid), target);
  await file.writeFile(content);
  await file.sync();
}

/** Under sudo, the file stays its owner's: otherwise that person couldn't read it any more. */
export async function keepOwner(
  chown: (uid: number, gid: number) => Promise<void>,
  like: string,
): Promise<void> {
  if (process.getuid?.() === 0) {
    const status = (await stat(like).catch(ignoreMissing)) ?? (await stat(dirname(like)));
    if (status.uid !== 0) {
      await chown(status.uid, status.gid);
    }
  }
}

async function renamePatiently(from: string, to: string): Promise<void> {
  const busy = process.platform === "win32" ? ["EPERM", "EBUSY", "EACCES"] : [];
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await rename(from, to);
    } catch (error) {
      const pause = renamePauses[attempt];
      if (pause === undefined || !busy.includes(errnoOf(error) ?? "")) {
        throw error;
      }
      await sleep(pause);
    }
  }
}

/** Makes the new name last. Windows and some file systems can't; the content itself is safe by then. */
async function syncDirectory(directory: string): Promise<void> {
  try {
    await using handle = await open(directory, "r");
    await handle.sync();
  } catch {}
}

function temporaryPrefix(target: string): string {
  return `.${basename(target)}.hexuser-`;
}

/** Removes what processes that were killed left behind: it holds secrets. */
async function removeAbandoned(target: string): Promise<void> {
  const directory = dirname(target);
  const prefix = temporaryPrefix(target);
  for (const name of await readdir(directory).catch(() => [])) {
    const pid = name.startsWith(prefix)
      ? /^(\d{1,10})\.[0-9a-f]{12}\.tmp$/.exec(name.slice(prefix.length))?.[1]
      : undefined;
    if (pid !== undefined && !isRunning(Number(pid))) {
      const path = join(directory, name);
      const status = await lstat(path).catch(() => undefined);
      if (status !== undefined && Date.now() - status.mtimeMs > abandonedAfter) {
        await unlink(path).catch(() => undefined);
      }
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) !== "ESRCH";
  }
}

function ignoreMissing(error: unknown): undefined {
  if (errnoOf(error) !== "ENOENT") {
    throw error;
  }
}

async function orWriteFailure<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof FailureError ? error : fileFailure("storage_write_failed", path, error);
  }
}
