// Where hexuser's own files lie. It needs nothing of the package: what completes a command line loads it alone.
import { posix, win32 } from "node:path";

/** What the place of the credentials depends on. */
export interface HomeEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homedir: string;
  readonly platform: NodeJS.Platform;
}

/** The profile that is mix hex's own. */
export const defaultProfile = "default";

/** Whether a profile can have that name. */
export function isProfileName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name);
}

/** The directory of hexuser's own settings, profiles and locks: `hexuser` in the user's configuration directory. */
export function configDirectory({ env, homedir, platform }: HomeEnvironment): string {
  const { join } = pathOf(platform);
  const config =
    platform === "win32"
      ? env.APPDATA || join(homedir, "AppData", "Roaming")
      : env.XDG_CONFIG_HOME || join(homedir, ".config");
  return join(config, "hexuser");
}

/**
 * The directory of what hexuser keeps for itself between two runs, and is no setting: `hexuser` in the user's state
 * directory (XDG Base Directory Specification; on Windows the application data of this machine).
 */
export function stateDirectory({ env, homedir, platform }: HomeEnvironment): string {
  const { join } = pathOf(platform);
  const state =
    platform === "win32"
      ? env.LOCALAPPDATA || join(homedir, "AppData", "Local")
      : env.XDG_STATE_HOME || join(homedir, ".local", "state");
  return join(state, "hexuser");
}

/** The directory in which the profiles lie, but for the default one. */
export function profilesDirectory(environment: HomeEnvironment): string {
  return pathOf(environment.platform).join(configDirectory(environment), "profiles");
}

/** How paths are put together on a system. */
export function pathOf(platform: NodeJS.Platform): Pick<typeof posix, "join" | "resolve"> {
  return platform === "win32" ? win32 : posix;
}
