import { configDirectory, type HomeEnvironment, hexHome, stateDirectory } from "@hexuser/credentials";
import { pathOf } from "@hexuser/credentials/config-directory";
import { cacheDirectory } from "./cache-directory.ts";

/** The directories in which hexuser, mix hex and mix keep what is theirs, whether they exist or not. */
export function ownDirectories(home: HomeEnvironment): readonly string[] {
  const { env, homedir, platform } = home;
  const { join } = pathOf(platform);
  // With MIX_XDG, mix hex divides its files by the XDG Base Directory Specification.
  const divided = [
    env.XDG_CONFIG_HOME || join(homedir, ".config"),
    env.XDG_CACHE_HOME || join(homedir, ".cache"),
    env.XDG_DATA_HOME || join(homedir, ".local", "share"),
    env.XDG_STATE_HOME || join(homedir, ".local", "state"),
  ].map((base) => join(base, "hex"));
  return [
    configDirectory(home),
    stateDirectory(home),
    cacheDirectory(home),
    hexHome(home),
    join(homedir, ".hex"),
    ...divided,
    env.MIX_HOME || join(homedir, ".mix"),
  ];
}
