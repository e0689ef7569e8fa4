// Where hexuser's own files lie. It needs nothing of the package: what completes a command line loads it alone.
import { posix, win32 } from "node:path";

/** What the place of the credentials depends on. */
export interface HomeEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** None, where nobody says which it is: then nothing in it is read or written. */
  readonly homedir: string | undefined;
  readonly platform: NodeJS.Platform;
}

/** The profile that is mix hex's own. */
export const defaultProfile = "default";

/** Whether a profile can have that name. */
export function isProfileName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name);
}

/** The directory of hexuser's own settings, profiles and locks: `hexuser` in the user's configuration directory. */
export function configDirectory({ env, homedir, platform }: HomeEnvironment): string | undefined {
  const isWindows = platform === "win32";
  const given = isWindows ? env.APPDATA : env.XDG_CONFIG_HOME;
  return inside(given, homedir, isWindows ? ["AppData", "Roaming"] : [".config"], platform);
}

/**
 * The directory of what hexuser keeps for itself between two runs, and is no setting: `hexuser` in the user's state
 * directory (XDG Base Directory Specification; on Windows the application data of this machine).
 */
export function stateDirectory({ env, homedir, platform }: HomeEnvironment): string | undefined {
  const isWindows = platform === "win32";
  const given = isWindows ? env.LOCALAPPDATA : env.XDG_STATE_HOME;
  return inside(given, homedir, isWindows ? ["AppData", "Local"] : [".local", "state"], platform);
}

/** The directory of the locks between processes. */
export function lockDirectory(environment: HomeEnvironment): string | undefined {
  const directory = configDirectory(environment);
  return directory === undefined ? undefined : pathOf(environment.platform).join(directory, "locks");
}

/** The directory in which the profiles lie, but for the default one. */
export function profilesDirectory(environment: HomeEnvironment): string | undefined {
  const directory = configDirectory(environment);
  return directory === undefined ? undefined : pathOf(environment.platform).join(directory, "profiles");
}

/** `hexuser` in the directory that a variable gives, else in its usual place in the home; none where neither is known. */
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

/** How paths are put together on a system. */
export function pathOf(platform: NodeJS.Platform): Pick<typeof posix, "join" | "resolve"> {
  return platform === "win32" ? win32 : posix;
}
