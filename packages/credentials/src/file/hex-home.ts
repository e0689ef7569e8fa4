import { readdir } from "node:fs/promises";
import { fail } from "@hexuser/core";
import {
  defaultProfile,
  type HomeEnvironment,
  isProfileName,
  pathOf,
  profilesDirectory,
} from "./config-directory.ts";

/**
 * The directory of mix hex, as mix hex finds it: `HEX_HOME`; with `MIX_XDG`, `hex` in the user's configuration
 * directory; `~/.hex`. The same on every system. An empty variable counts as absent.
 *
 * @example hexHome({ env: process.env, homedir: homedir(), platform: process.platform }) // "/home/eric/.hex"
 */
export function hexHome({ env, homedir, platform }: HomeEnvironment): string {
  const { join, resolve } = pathOf(platform);
  if (env.HEX_HOME) {
    const rest = /^~(?:$|[/\\])/.test(env.HEX_HOME) ? env.HEX_HOME.slice(1) : undefined;
    return rest === undefined ? resolve(env.HEX_HOME) : resolve(join(homedir, rest));
  }
  if (env.MIX_XDG === "1" || env.MIX_XDG === "true") {
    return join(env.XDG_CONFIG_HOME || join(homedir, ".config"), "hex");
  }
  return join(homedir, ".hex");
}

/**
 * The directory of a profile, which is a valid `HEX_HOME`: of the default one, mix hex's own.
 * Fails with `invalid_input` for a name that isn't one.
 */
export function profileDirectory(profile: string, environment: HomeEnvironment): string {
  if (profile === defaultProfile) {
    return hexHome(environment);
  }
  if (!isProfileName(profile)) {
    throw fail("invalid_input", "That is no name for a profile.", {
      hint: "use up to 64 letters, digits, dots, dashes and underscores, a letter or digit first.",
    });
  }
  return pathOf(environment.platform).join(profilesDirectory(environment), profile);
}

/** The names of the profiles that exist, the default one first, whether there is anything in them or not. */
export async function listProfiles(environment: HomeEnvironment): Promise<readonly string[]> {
  const found = await readdir(profilesDirectory(environment), { withFileTypes: true }).catch(() => []);
  const names = found.filter((entry) => entry.isDirectory() && isProfileName(entry.name));
  return [
    defaultProfile,
    ...names
      .map(({ name }) => name)
      .filter((name) => name !== defaultProfile)
      .sort(),
  ];
}
