// The directories of hexuser and mix hex. This file imports nothing of the package, because the completion of command
// lines loads it alone.
import { posix, win32 } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The facts that decide where credentials are. */
export interface HomeEnvironment {
  readonly env: Environment;
  /** `undefined` if the home directory is unknown. hexuser then reads and writes nothing there. */
  readonly homedir: string | undefined;
  readonly platform: NodeJS.Platform;
}

/** The profile of mix hex itself. */
export const defaultProfile = "default";

/** Whether a profile can have that name. */
export function isProfileName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name);
}

/**
 * The directory of mix hex, found in the same way: `HEX_HOME`; or with `MIX_XDG`, `hex` in the user's configuration
 * directory; or `~/.hex`. It is the same on every system. An empty variable counts as absent. The result is `undefined`
 * if it depends on an unknown home directory.
 *
 * @example hexHome({ env: process.env, homedir: "/home/eric", platform: process.platform }) // "/home/eric/.hex"
 */
export function hexHome({ env, homedir, platform }: HomeEnvironment): string | undefined {
  const { join, resolve } = pathOf(platform);
  if (env.HEX_HOME) {
    const rest = /^~(?:$|[/\\])/.test(env.HEX_HOME) ? env.HEX_HOME.slice(1) : undefined;
    if (rest === undefined) return resolve(env.HEX_HOME);
    return homedir === undefined ? undefined : resolve(join(homedir, rest));
  }
  if (env.MIX_XDG === "1" || env.MIX_XDG === "true") {
    const config = env.XDG_CONFIG_HOME || (homedir && join(homedir, ".config"));
    return config ? join(config, "hex") : undefined;
  }
  return homedir === undefined ? undefined : join(homedir, ".hex");
}

/** The directory of hexuser's own settings, profiles and locks: `hexuser` in the user's configuration directory. */
export function configDirectory({ env, homedir, platform }: HomeEnvironment): string | undefined {
  const isWindows = platform === "win32";
  const given = isWindows ? env.APPDATA : env.XDG_CONFIG_HOME;
  return inside(given, homedir, isWindows ? ["AppData", "Roaming"] : [".config"], platform);
}

/**
 * The directory of the data that hexuser keeps between two runs: `hexuser` in the user's state directory (XDG Base
 * Directory Specification; on Windows the application data of this machine).
 */
export function stateDirectory({ env, homedir, platform }: HomeEnvironment): string | undefined {
  const isWindows = platform === "win32";
  const given = isWindows ? env.LOCALAPPDATA : env.XDG_STATE_HOME;
  return inside(given, homedir, isWindows ? ["AppData", "Local"] : [".local", "state"], platform);
}

/** The directory of the locks between processes. */
export function lockDirectory(environment: HomeEnvironment): string | undefined {
  return inConfig("locks", environment);
}

/** The directory of the profiles other than the default one. */
export function profilesDirectory(environment: HomeEnvironment): string | undefined {
  return inConfig("profiles", environment);
}

function inConfig(name: string, environment: HomeEnvironment): string | undefined {
  const directory = configDirectory(environment);
  return directory === undefined ? undefined : pathOf(environment.platform).join(directory, name);
}

/** `hexuser` in the given directory, or else in the usual one of the home; `undefined` if neither is known. */
export function inside(
  given: string | undefined,
  homedir: string | undefined,
  usual: readonly string[],
  platform: NodeJS.Platform,
): string | undefined {
  const { join } = pathOf(platform);
  const parent = given || (homedir && join(homedir, ...usual));
  return parent ? join(parent, "hexuser") : undefined;
}

/** The functions that put paths together on a system. */
export function pathOf(platform: NodeJS.Platform): Pick<typeof posix, "join" | "resolve"> {
  return platform === "win32" ? win32 : posix;
}
