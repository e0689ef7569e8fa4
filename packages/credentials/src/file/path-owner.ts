// Finds out who owns a path and who can read it. It imports nothing of the package, because the completion of command
// lines loads it.
import { lstatSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";

const mostLinks = 40;
const groupOrOthersRead = 0o044;
const groupOrOthersEnter = 0o011;

/** A user that isn't root. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
  /** The part of the path that belongs to them. */
  readonly path: string;
  /** This user namespace has no number for the user, so no process in it can become that user. */
  readonly isUnmapped: boolean;
}

/**
 * Finds the user besides root who controls a path: the owner of the last directory or link on it that isn't root's;
 * `undefined` if root owns all of them. An unmapped user counts only as the owner of the very last one, because in a user
 * namespace the system's root is unmapped and owns the directories above.
 */
export function ownerOf(path: string): Owner | undefined {
  let owner: Owner | undefined;
  let unmapped: Owner | undefined;
  let at = "/";
  const ahead = resolve(path).split("/");
  for (let links = 0; ahead.length > 0 && links <= mostLinks; ) {
    const name = ahead.shift() ?? "";
    const next = join(at, name);
    const status = next === at ? undefined : look(next);
    if (next !== at && status === undefined) break;
    if (status !== undefined) {
      const { uid, gid } = status;
      const found = { uid, gid, path: next, isUnmapped: uid !== 0 && isUnmapped(uid) };
      unmapped = found.isUnmapped ? found : undefined;
      if (uid !== 0 && !found.isUnmapped) owner = found;
    }
    if (status?.isSymbolicLink()) {
      const target = readLink(next);
      if (target === undefined) break;
      ahead.unshift(...target.split("/"));
      if (isAbsolute(target)) at = "/";
      links += 1;
    } else {
      at = next;
    }
  }
  return unmapped ?? owner;
}

/**
 * Throws a system error if this is root and the directory belongs to another user. The owner couldn't use root's files
 * there, and could replace them. In the home of another user, hexuser has become that user before it comes here.
 */
export function refuseForeign(directory: string): void {
  if (process.getuid?.() === 0 && ownerOf(directory) !== undefined)
    throw Object.assign(new Error("the directory belongs to another user"), { code: "EPERM" });
}

/**
 * Tells whether other users can read a file: its mode and those of all directories on the way allow it. The answer is no
 * on Windows, which has no such modes, and for anything but an ordinary file.
 */
export function isExposed(path: string): boolean {
  if (process.platform === "win32") return false;
  try {
    const status = statSync(path);
    if (!status.isFile() || (status.mode & groupOrOthersRead) === 0) return false;
    for (let at = dirname(resolve(path)); ; at = dirname(at)) {
      if ((lstatSync(at).mode & groupOrOthersEnter) === 0) return false;
      if (at === dirname(at)) return true;
    }
  } catch {
    return false;
  }
}

function look(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The owner may have replaced the link meanwhile. */
function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** A namespace shows all users without a number as one user (user_namespaces(7), “Unmapped user and group IDs”). */
function isUnmapped(uid: number): boolean {
  try {
    const overflow = Number(readFileSync("/proc/sys/kernel/overflowuid", "utf8"));
    const isInitial = /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync("/proc/self/uid_map", "utf8"));
    return uid === overflow && !isInitial;
  } catch {
    return false;
  }
}
