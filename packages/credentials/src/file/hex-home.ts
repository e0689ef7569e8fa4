// Where the directory of mix hex is. It needs nothing of the package: what completes a command line loads it alone.
import { type HomeEnvironment, pathOf } from "./config-directory.ts";

/**
 * The directory of mix hex, as mix hex finds it: `HEX_HOME`; with `MIX_XDG`, `hex` in the user's configuration
 * directory; `~/.hex`. The same on every system. An empty variable counts as absent; there is
 * none where nobody says which the home directory is.
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
