import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Session, storedCredentialsSchema } from "@hexuser/core";
import { largestConfig } from "./config-document.ts";
import { errnoOf } from "./file-failure.ts";
import { readPlain } from "./read-plain.ts";
import { orWriteFailure } from "./replace-file.ts";
import { digestOf } from "./session-claims.ts";
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

/** The tokens of a session that couldn't be put into the file, and the pair that was spent for them. */
export interface ReservedSession {
  readonly origin: string;
  /** The digest of the pair that the file still holds if these tokens are its successors. */
  readonly spent: string;
  readonly session: Session;
}

/** Room on the disk for new tokens, taken before the old ones are spent. */
export interface Reserve {
  /** Takes the place of the file, or doesn't. */
  readonly successor: Successor;
  /** Keeps the tokens, come what may to the file. Throws system errors. */
  keep(reserved: ReservedSession): void;
  /** Gives the room back. With `keepTokens`, the kept tokens stay. */
  release(keepTokens: boolean): void;
}

/** Bytes by which new tokens may be longer than the old ones. */
const slack = 4096;

/** Where the tokens are kept: beside the file, and no name that the clean-up of temporary files knows. */
export function reservePath(target: string): string {
  return join(dirname(target), `.${basename(target)}.hexuser-reserve`);
}

/**
 * Takes the room for a change of the file, written and synced, and makes sure that the file can be replaced. Fails
 * with `storage_write_failed`, which says why not.
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
 * Reads the tokens that were kept beside a file; `undefined` where there are none. What isn't whole counts as none.
 * Throws system errors: what can't be read now may hold the only tokens of a session, and isn't to be removed.
 */
export function readReserve(path: string): ReservedSession | undefined {
  let bytes: Buffer;
  try {
    bytes = readPlain(reservePath(followLinks(path)), largestConfig, fs.constants.O_NOFOLLOW ?? 0).bytes;
  } catch (error) {
    // hexuser makes neither a link nor a named pipe.
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

/** Removes kept tokens that nobody needs any more. Throws system errors. */
export function removeReserve(target: string): void {
  try {
    fs.unlinkSync(reservePath(target));
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

/** What tells the pair of tokens of a session from any other. */
export function digestOfPair({ accessToken, refreshToken = "" }: Session): string {
  return digestOf(`pair ${accessToken} ${refreshToken}`);
}

/**
 * Throws the error that renaming over the file would give, as far as that can be known without trying. That the
 * directory takes new files shows when the reserve is made.
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
    // A file without the right to write can be replaced all the same, unless it is mounted.
    if (errnoOf(error) !== "EACCES" || isMounted(target, status.dev !== folder.dev)) throw error;
  }
}

/** Whether a file system is mounted on the file alone. Linux tells; elsewhere another device does. */
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
