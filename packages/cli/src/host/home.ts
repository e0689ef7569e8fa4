// Finds the person's home, and the user as whom hexuser has to work in it. Completion loads this file too, so it
// imports little.

import { statSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, resolve } from "node:path";
import {
  configDirectory,
  type HomeEnvironment,
  hexHome,
  inside,
  stateDirectory,
} from "@hexuser/credentials/directories";
import { type Owner, ownerOf } from "@hexuser/credentials/path-owner";

type Environment = HomeEnvironment["env"];

/** hexuser can't work in the home. The message says why, and the hint says what to do, each in a sentence. */
export class HomeClosed extends Error {
  readonly hint: string;

  constructor(message: string, options: ErrorOptions & { readonly hint?: string } = {}) {
    super(message, options);
    this.hint =
      options.hint ??
      "run hexuser as that user; or set HOME, and HEX_HOME if it's set, to a directory that belongs to root";
  }
}

/** Node's documentation has this function, but its types don't. */
type GroupSetter = NodeJS.Process & { initgroups?(user: string, group: number): void };

/** Variables that name directories in which hexuser works. */
const directoryVariables = [
  "HOME",
  "HEX_HOME",
  "XDG_CONFIG_HOME",
  "XDG_CACHE_HOME",
  "XDG_STATE_HOME",
] as const;

/**
 * Finds the home directory: from `HOME` (`USERPROFILE` on Windows), or from the system's entry for this user. An empty
 * variable counts as unset. There may be no home directory. Relative paths become absolute.
 *
 * @throws {HomeClosed} if a path is relative and the working directory was removed
 */
export function findHome(given: Environment, platform: NodeJS.Platform = process.platform): HomeEnvironment {
  const env = platform === "win32" ? given : withAbsolutePaths(given);
  const name = platform === "win32" ? "USERPROFILE" : "HOME";
  const homeGiven = env[name];
  if (homeGiven) return { env, homedir: homeGiven, platform };
  const { [name]: _, ...others } = env;
  const homedir = findPerson()?.homedir || undefined;
  // Child processes need it, too: an empty variable would lead them to the root directory.
  return { env: homedir === undefined ? others : { ...others, [name]: homedir }, homedir, platform };
}

function withAbsolutePaths(env: Environment): Environment {
  const isRelative = (path: string | undefined) => path !== undefined && /^[^/~]/.test(path);
  const relative = directoryVariables.filter((name) => isRelative(env[name]));
  if (relative.length === 0) return env;
  try {
    const absolute = relative.map((name) => [name, resolve(env[name] ?? "")]);
    return { ...env, ...Object.fromEntries(absolute) };
  } catch (cause) {
    const hint = `change to a directory that exists, or set ${relative[0]} to an absolute path`;
    throw new HomeClosed(`${relative[0]} is a relative path, and the working directory was removed.`, {
      cause,
      hint,
    });
  }
}

/** Removes the home, so that hexuser reads and writes nothing in it. */
export function withoutHome({ env, platform }: Omit<HomeEnvironment, "homedir">): HomeEnvironment {
  const { HEX_HOME, XDG_CONFIG_HOME, XDG_CACHE_HOME, XDG_STATE_HOME, ...others } = env;
  return { env: others, homedir: undefined, platform };
}

/**
 * Prepares this process to work in a home. If root works in another user's home, this process becomes that user first,
 * for good. Root then owns no file there, and follows no link there with its rights. The owner of mix hex's directory
 * decides the user. hexuser ignores directories of any third user. Other users than root get the home unchanged.
 *
 * @param tell gets a line about the user that root has become
 * @throws {HomeClosed} before it reads or writes anything there
 */
export function enterHome(home: HomeEnvironment, tell: (line: string) => void = () => {}): HomeEnvironment {
  if (process.getuid?.() !== 0) return home;
  const hex = hexHome(home);
  const owner = hex === undefined ? undefined : ownerOf(hex);
  if (owner?.isUnmapped)
    throw new HomeClosed(`${owner.path} belongs to a user that doesn't exist in this user namespace.`);
  const uid = owner?.uid ?? 0;
  const entered = leaveOthersAlone(home, hex, uid);
  if (hex === undefined || owner === undefined) return entered;
  const name = become(owner);
  checkReach(hex, name);
  tell(`${owner.path} belongs to ${name}, so hexuser runs as that user now, not as root.`);
  return entered;
}

/** Gives up root's rights and becomes this user. Returns the user's name, or the number of a user without a name. */
function become({ uid, gid, path }: Owner): string {
  try {
    const person = findPerson(uid);
    if (person === undefined) process.setgroups?.([gid]);
    else (process as GroupSetter).initgroups?.(person.username, person.gid);
    process.setgid?.(person?.gid ?? gid);
    process.setuid?.(uid);
    return person?.username ?? `user ${uid}`;
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw new HomeClosed(`${path} belongs to user ${uid}, and root can't become that user here (${code}).`, {
      cause,
    });
  }
}

/** Finds the entry in the user database for this process's user, or for another one if this process is root. */
function findPerson(uid?: number) {
  if (uid !== undefined) process.seteuid?.(uid);
  try {
    return userInfo();
  } catch {
    return undefined;
  } finally {
    if (uid !== undefined) process.seteuid?.(0);
  }
}

/** Checks that the user can reach the home, and also the program's file unless the whole program is loaded already. */
function checkReach(hex: string, name: string): void {
  const { isSea } = process.getBuiltinModule("node:sea");
  const needed = isSea() ? [hex] : [hex, process.argv[1] ?? hex];
  for (const path of needed) {
    try {
      statSync(path, { throwIfNoEntry: false });
    } catch (cause) {
      throw new HomeClosed(`${hex} is ${name}'s to use, and ${name} can't reach ${path}.`, { cause });
    }
  }
}

/**
 * Removes the directories of third users from the environment, if their owner isn't the owner of mix hex's directory.
 */
function leaveOthersAlone(home: HomeEnvironment, hex: string | undefined, uid: number): HomeEnvironment {
  const kept = (directory: string | undefined) => (isOwn(directory, uid) ? directory : undefined);
  const all = [configDirectory(home), cacheDirectory(home), stateDirectory(home)];
  const [config, cache, state] = all.map(kept);
  if (all.every((directory) => isOwn(directory, uid))) return home;
  const parentOf = (directory: string | undefined) => directory && dirname(directory);
  const env = {
    ...withoutHome(home).env,
    HEX_HOME: hex,
    XDG_CONFIG_HOME: parentOf(config),
    XDG_CACHE_HOME: parentOf(cache),
    XDG_STATE_HOME: parentOf(state),
  };
  return { env, homedir: undefined, platform: home.platform };
}

function isOwn(directory: string | undefined, uid: number): boolean {
  const owner = directory === undefined ? undefined : ownerOf(directory);
  return directory === undefined || (owner?.isUnmapped !== true && (owner?.uid ?? 0) === uid);
}

/**
 * The directory for data that hexuser can lose: `hexuser` in each system's directory for caches (XDG Base Directory
 * Specification; Apple's and Microsoft's guides).
 */
export function cacheDirectory({ env, homedir, platform }: HomeEnvironment): string | undefined {
  if (platform === "win32") return inside(env.LOCALAPPDATA, homedir, ["AppData", "Local"], platform);
  const usual = platform === "darwin" ? ["Library", "Caches"] : [".cache"];
  return inside(env.XDG_CACHE_HOME, homedir, usual, platform);
}
