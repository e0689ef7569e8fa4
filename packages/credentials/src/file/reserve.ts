import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Session, storedCredentialsSchema } from "@hexuser/core";
import { largestConfig } from "./config-document.ts";
import { errnoOf, orWriteFailure } from "./file-failure.ts";
import { readPlain } from "./read-plain.ts";
import {
  close,
  createPrivate,
  createSuccessor,
  discard,
  followLinks,
  type Successor,
  syncDirectory,
  writeAll,
} from "./whole-file.ts";

/** New tokens of a session that aren't in the file yet. */
export interface ReservedSession {
  readonly origin: string;
  /** The digest of the tokens that were spent for them. They are valid successors while the file contains these. */
  readonly spent: string;
  readonly session: Session;
}

/** Room on the disk for new tokens, which hexuser takes before it spends the old ones. */
interface Reserve {
  /** The file that can replace the old one. */
  readonly successor: Successor;
  /** Stores the tokens outside the file. Throws system errors. */
  keep(reserved: ReservedSession): void;
  /** Frees the room. With `keepTokens`, the stored tokens stay. */
  release(keepTokens: boolean): void;
}

/** Bytes by which new tokens may be longer than the old ones. */
const slack = 4096;

/** The path of the reserve: beside the file, with a name that the removal of temporary files doesn't match. */
export function reservePath(target: string): string {
  return join(dirname(target), `.${basename(target)}.hexuser-reserve`);
}

/**
 * Takes the room for a change of the file by writing and syncing it, and makes sure that the file can be replaced.
 * Fails with `storage_write_failed`, which gives the reason.
 *
 * @param size bytes of the file
 */
export function takeReserve(target: string, size: number): Reserve {
  const path = reservePath(target);
  return orWriteFailure(target, () => {
    checkChangeable(target);
    removeReserve(target);
    const file = createPrivate(path, target, size + slack);
    let successor: Successor;
    try {
      successor = createSuccessor(target, size + slack);
    } catch (error) {
      discard(file);
      throw error;
    }
    syncDirectory(dirname(target));
    return {
      successor,
      keep(reserved) {
        const { descriptor = -1 } = file;
        writeAll(descriptor, Buffer.from(JSON.stringify(reserved)));
        fs.fsyncSync(descriptor);
      },
      release(keepTokens) {
        discard(successor);
        if (keepTokens) close(file);
        else discard(file);
      },
    };
  });
}

/**
 * Reads the tokens in the reserve of a file; `undefined` if there are none, or only a part of them. Throws system errors,
 * because an unreadable reserve may contain the only tokens of a session and must not be removed.
 */
export function readReserve(path: string): ReservedSession | undefined {
  let bytes: Buffer;
  try {
    bytes = readPlain(reservePath(followLinks(path)), largestConfig, fs.constants.O_NOFOLLOW ?? 0).bytes;
  } catch (error) {
    // hexuser creates neither links nor named pipes.
    if (["ENOENT", "ENOTDIR", "ELOOP", "EFTYPE"].includes(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
  return parseReserve(bytes.toString());
}

function parseReserve(text: string): ReservedSession | undefined {
  try {
    const { origin, spent, session } = JSON.parse(text);
    const parsed = storedCredentialsSchema().safeParse({ session });
    const isWhole = typeof origin === "string" && typeof spent === "string";
    return isWhole && parsed.data?.session ? { origin, spent, session: parsed.data.session } : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the reserve of a file. Throws system errors. */
export function removeReserve(target: string): void {
  try {
    fs.unlinkSync(reservePath(target));
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

/**
 * Throws the error that replacing the file would give, as far as that is known without trying. Creating the reserve shows
 * whether the directory takes new files.
 */
function checkChangeable(target: string): void {
  const status = fs.statSync(target, { throwIfNoEntry: false });
  if (status === undefined || process.platform === "win32") return;
  const folder = fs.statSync(dirname(target));
  const user = process.geteuid?.();
  const isSticky = (folder.mode & 0o1000) !== 0;
  if (isSticky && user !== undefined && ![0, status.uid, folder.uid].includes(user)) {
    throw Object.assign(new Error("the file is another user's"), { code: "EPERM" });
  }
  try {
    fs.closeSync(fs.openSync(target, "r+"));
  } catch (error) {
    // A read-only file can still be replaced, unless it is a mount.
    if (errnoOf(error) !== "EACCES" || isMounted(target, status.dev !== folder.dev)) throw error;
  }
}

/** Whether the file is a mount of its own. Linux lists mounts; on other systems the device differs. */
function isMounted(target: string, isOtherDevice: boolean): boolean {
  try {
    const path = fs
      .realpathSync(target)
      .replaceAll(/[ \t\n\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`);
    const mounts = fs.readFileSync("/proc/self/mountinfo", "utf8").split("\n");
    return isOtherDevice || mounts.some((line) => line.split(" ")[4] === path);
  } catch {
    return isOtherDevice;
  }
}
