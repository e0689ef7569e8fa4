import { type HomeEnvironment, inside } from "@hexuser/credentials/config-directory";

/**
 * The directory of what hexuser remembers and can do without: `hexuser`, where each system wants caches (XDG Base
 * Directory Specification; Apple's and Microsoft's guides).
 */
export function cacheDirectory({ env, homedir, platform }: HomeEnvironment): string | undefined {
  if (platform === "win32") return inside(env.LOCALAPPDATA, homedir, ["AppData", "Local"], platform);
  const usual = platform === "darwin" ? ["Library", "Caches"] : [".cache"];
  return inside(env.XDG_CACHE_HOME, homedir, usual, platform);
}
