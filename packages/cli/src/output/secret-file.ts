import * as fs from "node:fs";
import { dirname } from "node:path";
import { FailureError, fail, hint } from "@hexuser/core";
import {
  close,
  createSuccessor,
  discard,
  followLinks,
  type Successor,
  syncDirectory,
  writeAll,
} from "@hexuser/credentials/whole-file";

/** A place that is ready for a secret, before the secret exists. */
export interface Destination {
  /** In words: a path, "macOS Keychain". */
  readonly where: string;
  /** Stores the text. A file gets a line end after it. */
  keep(secret: string): Promise<void>;
  /** Removes the place if it isn't needed. */
  abandon(): Promise<void>;
}

/** Bytes that are reserved on the disk: more than any secret needs in any form. */
const room = 16 * 1024;

/** The errors of a file system without hard links. */
const noLinks: readonly string[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL"];

/**
 * Reserves the space for a file of mode 0600. The file appears under its name only with its whole content. Fails with
 * `storage_write_failed`, also when it stores the secret.
 *
 * @param options `replace`: replace an existing file
 */
export function openSecretFile(path: string, { replace = false } = {}): Destination {
  try {
    const target = followLinks(path);
    const status = fs.statSync(target, { throwIfNoEntry: false });
    if (status?.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
    if (status !== undefined && !replace) throw Object.assign(new Error(), { code: "EEXIST" });
    return toDestination(path, target, createSuccessor(target, room), replace);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function toDestination(path: string, target: string, file: Successor, replace: boolean): Destination {
  return {
    where: path,
    async keep(secret) {
      try {
        const { descriptor = -1 } = file;
        const bytes = Buffer.from(`${secret}\n`);
        writeAll(descriptor, bytes);
        fs.ftruncateSync(descriptor, bytes.length);
        fs.fsyncSync(descriptor);
        close(file);
        if (replace) fs.renameSync(file.path, target);
        else putNew(file.path, target);
        syncDirectory(dirname(target));
      } catch (error) {
        throw cannotWrite(path, error);
      } finally {
        // After a rename, there is nothing to remove.
        discard(file);
      }
    },
    async abandon() {
      discard(file);
    },
  };
}

/** Gives a file its name, unless another process has used the name meanwhile. */
function putNew(from: string, target: string): void {
  try {
    fs.linkSync(from, target);
  } catch (error) {
    if (!noLinks.includes(codeOf(error))) throw error;
    if (fs.lstatSync(target, { throwIfNoEntry: false }) !== undefined)
      throw Object.assign(new Error(), { code: "EEXIST" });
    fs.renameSync(from, target);
  }
}

/**
 * Opens an existing file to append lines, such as the one that GITHUB_ENV names. Fails with `storage_write_failed`,
 * also when it appends. It removes a line that doesn't fit completely.
 */
export function openAppended(path: string): Destination {
  const file: Successor = { path, descriptor: undefined };
  try {
    if (!fs.statSync(path).isFile()) throw Object.assign(new Error(), { code: "EFTYPE" });
    file.descriptor = fs.openSync(path, "r+");
  } catch (error) {
    throw cannotWrite(path, error);
  }
  return {
    where: path,
    async keep(line) {
      const { descriptor = -1 } = file;
      const { size } = fs.fstatSync(descriptor);
      try {
        const last = Buffer.alloc(1);
        if (size > 0) fs.readSync(descriptor, last, 0, 1, size - 1);
        const isOpen = size > 0 && last.toString() !== "\n";
        writeAll(descriptor, Buffer.from(`${isOpen ? "\n" : ""}${line}\n`), size);
        fs.fsyncSync(descriptor);
      } catch (error) {
        fs.ftruncateSync(descriptor, size);
        throw cannotWrite(path, error);
      }
      close(file);
    },
    async abandon() {
      close(file);
    },
  };
}

const reasons: Readonly<Record<string, string>> = {
  EEXIST: "it exists already",
  EISDIR: "it is a directory",
  ENOENT: "its directory doesn't exist",
  ENOTDIR: "its directory is not a directory",
  ENOLINK: "it is a link to a file that doesn't exist",
  ELOOP: "its links lead in a circle",
  EFTYPE: "it is not an ordinary file",
  ENOSPC: "the disk is full",
  EDQUOT: "your quota of the disk is used up",
  EACCES: "you may not write there",
  EROFS: "the file system is read-only",
};

const more = "free some space, or give the path of a file on another disk";
const hints: Readonly<Record<string, string>> = {
  EEXIST: "give the path of a file that doesn't exist yet, or replace this one with `force` (--force)",
  ENOSPC: more,
  EDQUOT: more,
};

/** The failure for a file to which no secret can be written. */
export function cannotWrite(path: string, error: unknown): FailureError {
  if (error instanceof FailureError) return error;
  const code = codeOf(error);
  return fail("storage_write_failed", `${path} can't be written: ${reasons[code] ?? code}.`, {
    hint: hint`${hints[code] ?? "give the path of a file in a directory that exists and that you may write to"}.`,
    details: { path, errno: code },
    cause: error,
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "an unexpected error";
}
