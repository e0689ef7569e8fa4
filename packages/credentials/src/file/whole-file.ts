// Writes all files of hexuser. It imports nothing that is slow to load, so that caches can use it at no cost. It uses no
// threads, because passing a few bytes to a thread takes longer than writing them.
import * as fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { refuseForeign } from "./path-owner.ts";

/** A file that will replace the one beside it. */
export interface Successor {
  readonly path: string;
  /** While the file is open for writing. */
  descriptor: number | undefined;
}

const longestLinkChain = 40;
/** Milliseconds. On Windows, another program, such as a virus scanner, may use the file for a moment. */
const renamePauses = [10, 20, 40, 80, 160, 320, 640];
/** Milliseconds after which no process on another machine can still be writing a temporary file. */
const abandonedAfter = 5000;
/** A file that is a mount of its own, for instance in a container, can't be replaced but only overwritten. */
const mountedCodes = ["EBUSY", "EXDEV"];

/**
 * Creates a directory for its owner only, if it is missing. In a directory where everybody can create others, another
 * user may have been faster. So root creates one after the other and checks the owner of each. Throws system errors.
 */
export function makePrivateDirectory(directory: string): void {
  if (process.getuid?.() !== 0) {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    return;
  }
  if (!fs.existsSync(directory)) {
    makePrivateDirectory(dirname(directory));
    try {
      fs.mkdirSync(directory, { mode: 0o700 });
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  }
  refuseForeign(directory);
}

/** The file at the end of a chain of links. Throws system errors: `ENOLINK` without a file, `EFTYPE` for a device. */
export function followLinks(path: string): string {
  let target = path;
  for (let links = 0; links <= longestLinkChain; links += 1) {
    const status = fs.lstatSync(target, { throwIfNoEntry: false });
    if (!status?.isSymbolicLink()) {
      // People link files to /dev/null, and a rename would remove the device for the whole machine.
      if (status && !status.isFile() && !status.isDirectory())
        throw Object.assign(new Error("it is not an ordinary file"), { code: "EFTYPE" });
      if (links === 0) return target;
      if (status === undefined)
        throw Object.assign(new Error("the link leads to no file"), { code: "ENOLINK" });
      refuseForeign(dirname(target));
      return target;
    }
    // The owner of a link would decide where root writes.
    if (process.getuid?.() === 0 && status.uid !== 0)
      throw Object.assign(new Error("the link belongs to another user"), { code: "EPERM" });
    target = resolve(dirname(target), fs.readlinkSync(target));
  }
  throw Object.assign(new Error("links lead in a circle"), { code: "ELOOP" });
}

/**
 * Replaces a file with one that only its owner can read. A reader finds the old or the new file whole, even if the
 * program is interrupted. It follows symbolic links, and overwrites a file that is a mount of its own. Throws system
 * errors, and keeps the old file then.
 *
 * @param options `successor`: a file that was created earlier, in case the disk is full by now; it can't be used again.
 *   `isCurrent`: called right before the change, which is made only if it returns true
 * @returns whether the file was replaced
 */
export function replaceWhole(
  path: string,
  content: Uint8Array | string,
  options: { readonly successor?: Successor | undefined; readonly isCurrent?: () => boolean } = {},
): boolean {
  const target = followLinks(path);
  const bytes = Buffer.from(content);
  const unused = options.successor?.descriptor === undefined ? undefined : options.successor;
  const successor = unused ?? createSuccessor(target, 0);
  try {
    const { descriptor = -1 } = successor;
    writeAll(descriptor, bytes);
    fs.ftruncateSync(descriptor, bytes.length);
    fs.fsyncSync(descriptor);
    close(successor);
    if (options.isCurrent?.() === false) return false;
    putInPlace(successor.path, target, bytes);
    return true;
  } finally {
    // After the rename, there is nothing to remove.
    discard(successor);
  }
}

/** Creates a file beside the target, for its owner only, that takes so many bytes on the disk. */
export function createSuccessor(target: string, size: number): Successor {
  removeAbandoned(target);
  const { randomBytes } = process.getBuiltinModule("node:crypto");
  const name = `${temporaryPrefix(target)}${process.pid}.${randomBytes(6).toString("hex")}.tmp`;
  const path = join(dirname(target), name);
  return createPrivate(path, target, size);
}

/** Removes a file, if that is possible. */
export function discard(file: Successor): void {
  try {
    close(file);
  } catch {}
  try {
    fs.unlinkSync(file.path);
  } catch {}
}

/** Closes a file, once. */
export function close(file: Successor): void {
  const { descriptor } = file;
  file.descriptor = undefined;
  if (descriptor !== undefined) fs.closeSync(descriptor);
}

/**
 * Creates a new file of mode 0600 with the owner of `like`. It follows no link.
 *
 * @param size bytes to write and sync, so that the disk has room for them
 */
export function createPrivate(path: string, like: string, size = 0): Successor {
  const descriptor = fs.openSync(path, "wx", 0o600);
  try {
    // The umask may have removed more permissions.
    fs.fchmodSync(descriptor, 0o600);
    keepOwner(descriptor, like);
    if (size > 0) {
      writeAll(descriptor, Buffer.alloc(size, "\n"));
      fs.fsyncSync(descriptor);
    }
    return { path, descriptor };
  } catch (error) {
    discard({ path, descriptor });
    throw error;
  }
}

/** Keeps the owner of a file if this is root. Nobody else can replace it: in another user's home, hexuser isn't root. */
function keepOwner(descriptor: number, like: string): void {
  if (process.getuid?.() !== 0) return;
  const status = fs.lstatSync(like, { throwIfNoEntry: false });
  if (status?.isFile() && status.uid !== 0) fs.fchownSync(descriptor, status.uid, status.gid);
}

/** Writes all bytes at a position of a file, even if the system takes only some of them at once. */
export function writeAll(descriptor: number, bytes: Uint8Array, position = 0): void {
  for (let done = 0; done < bytes.length; ) {
    done += fs.writeSync(descriptor, bytes, done, bytes.length - done, position + done);
  }
}

/** Makes a new name permanent. Windows and some file systems can't do this, but the content is safe by then. */
export function syncDirectory(directory: string): void {
  try {
    const descriptor = fs.openSync(directory, "r");
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {}
}

function putInPlace(fresh: string, target: string, bytes: Buffer): void {
  try {
    renamePatiently(fresh, target);
    syncDirectory(dirname(target));
  } catch (error) {
    if (process.platform === "win32" || !mountedCodes.includes(codeOf(error))) throw error;
    overwrite(target, bytes);
  }
}

/**
 * Overwrites a file from its beginning without truncating it, with line feeds up to the old length. A file that has to
 * grow gets line feeds first, so that a full disk shows while the old content is whole.
 */
function overwrite(target: string, content: Buffer): void {
  const descriptor = fs.openSync(target, "r+");
  try {
    const { size } = fs.fstatSync(descriptor);
    const text = content.subarray(0, content.toString("latin1").replace(/\n+$/, "").length);
    const padded = Buffer.alloc(Math.max(size, text.length + 1), "\n");
    padded.set(text);
    if (padded.length > size) {
      writeAll(descriptor, Buffer.alloc(padded.length - size, "\n"), size);
      fs.fsyncSync(descriptor);
    }
    writeAll(descriptor, padded);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function renamePatiently(from: string, to: string): void {
  const busy = process.platform === "win32" ? ["EPERM", "EBUSY", "EACCES"] : [];
  for (let attempt = 0; ; attempt += 1) {
    try {
      fs.renameSync(from, to);
      return;
    } catch (error) {
      const pause = renamePauses[attempt];
      if (pause === undefined || !busy.includes(codeOf(error))) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
    }
  }
}

function temporaryPrefix(target: string): string {
  return `.${basename(target)}.hexuser-`;
}

/** Removes the files of killed processes, because they may contain secrets. */
function removeAbandoned(target: string): void {
  const directory = dirname(target);
  const prefix = temporaryPrefix(target);
  for (const name of fs.readdirSync(directory)) {
    const pid = name.startsWith(prefix)
      ? /^(\d{1,10})\.[0-9a-f]{12}\.tmp$/.exec(name.slice(prefix.length))?.[1]
      : undefined;
    if (pid === undefined || isRunning(Number(pid))) continue;
    const path = join(directory, name);
    const status = fs.lstatSync(path, { throwIfNoEntry: false });
    if (status !== undefined && Date.now() - status.mtimeMs > abandonedAfter)
      discard({ path, descriptor: undefined });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}
