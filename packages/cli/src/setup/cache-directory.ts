import { type HomeEnvironment, pathOf } from "@hexuser/credentials/config-directory";

/**
 * The directory of what hexuser remembers and can do without: `hexuser`, where each system wants caches (XDG Base
 * Directory Specification; Apple's and Microsoft's guides).
 */
export function cacheDirectory({ env, homedir, platform }: HomeEnvironment): string {
  const { join } = pathOf(platform);
  if (platform === "win32") {
    return join(env.LOCALAPPDATA || join(homedir, "AppData", "Local"), "hexuser");
  }
  const own = platform === "darwin" ? join(homedir, "Library", "Caches") : join(homedir, ".cache");
  return join(env.XDG_CACHE_HOME || own, "hexuser");
}
