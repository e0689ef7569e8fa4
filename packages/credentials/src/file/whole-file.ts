// How every file of ours is written. It needs nothing of the package, so that caches can use it at no cost; without
// threads, because handing them some bytes takes longer than writing the bytes.
import * as fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { refuseForeign } from "./path-owner.ts";

/** A file beside another one, which is to take its place. */
export interface Successor {
  readonly path: string;
  /** Of the file, while it is open for writing. */
  descriptor: number | undefined;
}

const longestLinkChain = 40;
/** Milliseconds. On Windows another program (a virus scanner) may hold the file for a moment. */
const renamePauses = [10, 20, 40, 80, 160, 320, 640];
/** Milliseconds after which a temporary file can't be one that is just being written on another machine. */
const abandonedAfter = 5000;
/** A file that is mounted by itself, in a container for instance, can't be replaced, only written to. */
const mountedCodes = ["EBUSY", "EXDEV"];

/**
 * Makes a directory, its owner's alone, where it is missing. Where everybody may make directories, somebody else may have
 * been faster: root goes through its own alone, one after the other. Throws system errors.
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

/** The file that a chain of symbolic links leads to. Throws system errors: `ENOLINK` if there is no file at its end. */
export function followLinks(path: string): string {
  let target = path;
  for (let links = 0; links <= longestLinkChain; links += 1) {
    const status = fs.lstatSync(target, { throwIfNoEntry: false });
    if (!status?.isSymbolicLink()) {
      if (links === 0) return target;
      if (status === undefined)
        throw Object.assign(new Error("the link leads to no file"), { code: "ENOLINK" });
      refuseForeign(dirname(target));
      return target;
    }
    // The owner of a link decides where root would write.
    if (process.getuid?.() === 0 && status.uid !== 0)
      throw Object.assign(new Error("the link is another user's"), { code: "EPERM" });
    target = resolve(dirname(target), fs.readlinkSync(target));
  }
  throw Object.assign(new Error("links lead in a circle"), { code: "ELOOP" });
}

/**
 * Replaces a file by one with this content, readable for its owner alone, so that a reader finds the old or the new
 * one whole, whenever the program ends. Symbolic links are followed. Where the file is mounted by itself, it's
 * overwritten instead. Throws system errors; the old file is there then.
 *
 * @param options `successor`: made beforehand, on a disk that may be full by now; it's used up in any case.
 *   `isCurrent`: asked right before the change; otherwise nothing is changed
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
    // After the renaming there is nothing left to remove.
    discard(successor);
  }
}

/** Makes a file beside the target, its owner's alone, that takes up so many bytes on the disk. */
export function createSuccessor(target: string, size: number): Successor {
  removeAbandoned(target);
  const { randomBytes } = process.getBuiltinModule("node:crypto");
  const name = `${temporaryPrefix(target)}${process.pid}.${randomBytes(6).toString("hex")}.tmp`;
  const path = join(dirname(target), name);
  return createPrivate(path, target, size);
}

/** Removes a file that isn't needed any more, as far as that's possible. */
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
 * Creates a file of mode 0600 that didn't exist, following no link; it belongs to the owner of `like`.
 *
 * @param size bytes that are written and synced, so that the disk has room for as much
 */
export function createPrivate(path: string, like: string, size = 0): Successor {
  const descriptor = fs.openSync(path, "wx", 0o600);
  try {
    // The umask may have taken more away.
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

/**
 * Root leaves a file to its owner. This is in a directory of root's own, in which nobody else can exchange the file: in
 * somebody else's, hexuser isn't root any more.
 */
function keepOwner(descriptor: number, like: string): void {
  if (process.getuid?.() !== 0) return;
  const status = fs.lstatSync(like, { throwIfNoEntry: false });
  if (status?.isFile() && status.uid !== 0) fs.fchownSync(descriptor, status.uid, status.gid);
}

/** Writes bytes at a place of a file, however many of them the system takes at once. */
export function writeAll(descriptor: number, bytes: Uint8Array, position = 0): void {
  for (let done = 0; done < bytes.length; ) {
    done += fs.writeSync(descriptor, bytes, done, bytes.length - done, position + done);
  }
}

/** Makes a new name last. Windows and some file systems can't; the content itself is safe by then. */
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
 * Writes over a file without ever cutting it: in one go, from its beginning, with line feeds up to its old length. A
 * file that has to grow gets line feeds first, so that a full disk is noticed while the old content is whole.
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

/** Removes what processes that were killed left behind: it may hold secrets. */
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
