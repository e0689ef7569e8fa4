import { configDirectory, type HomeEnvironment, hexHome, stateDirectory } from "@hexuser/credentials";
import { pathOf } from "@hexuser/credentials/config-directory";
import { cacheDirectory } from "./cache-directory.ts";

/** The directories in which hexuser, mix hex and mix keep what is theirs, whether they exist or not. */
export function ownDirectories(home: HomeEnvironment): readonly string[] {
  const { env, homedir, platform } = home;
  const { join } = pathOf(platform);
  const inHome = (...names: readonly string[]) => homedir && join(homedir, ...names);
  // With MIX_XDG, mix hex divides its files by the XDG Base Directory Specification.
  const bases = [
    env.XDG_CONFIG_HOME || inHome(".config"),
    env.XDG_CACHE_HOME || inHome(".cache"),
    env.XDG_DATA_HOME || inHome(".local", "share"),
    env.XDG_STATE_HOME || inHome(".local", "state"),
  ];
  return [
    configDirectory(home),
    stateDirectory(home),
    cacheDirectory(home),
    hexHome(home),
    inHome(".hex"),
    ...bases.map((base) => base && join(base, "hex")),
    env.MIX_HOME || inHome(".mix"),
  ].filter((directory): directory is string => Boolean(directory));
}
