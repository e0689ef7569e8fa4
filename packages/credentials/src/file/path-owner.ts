// To whom a path belongs: root has to know before it works there. It needs nothing of the package, since what completes a
// command line loads it.
import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";

const mostLinks = 40;

/** A user that isn't root. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
  /** What belongs to them. */
  readonly path: string;
  /** This user namespace has no number for the user: nobody in it can become them. */
  readonly isUnmapped: boolean;
}

/**
 * Who has power over a path besides root: the owner of the last of its directories and links that isn't root's;
 * `undefined` where all are. An unmapped user counts only for the last of all: in a user namespace, the system's own
 * root is one, to whom the directories above belong.
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
 * In the directory of another user, root would leave files that the owner can't use, and the owner could exchange what
 * root makes there. Where hexuser starts in such a directory, it has become that owner already.
 * Throws a system error.
 */
export function refuseForeign(directory: string): void {
  if (process.getuid?.() === 0 && ownerOf(directory) !== undefined)
    throw Object.assign(new Error("the directory is another user's"), { code: "EPERM" });
}

function look(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Its owner may have exchanged the link meanwhile. */
function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Users that a namespace has no number for all show up as one (user_namespaces(7), “Unmapped user and group IDs”). */
function isUnmapped(uid: number): boolean {
  try {
    const overflow = Number(readFileSync("/proc/sys/kernel/overflowuid", "utf8"));
    const isInitial = /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync("/proc/self/uid_map", "utf8"));
    return uid === overflow && !isInitial;
  } catch {
    return false;
  }
}
