import { lstat, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { heldOrigins, readHoldings } from "./held-accounts.ts";
import { configName } from "./hex-settings.ts";
import { readConfig } from "./read-config.ts";

const groupOrOthersRead = 0o044;
const groupOrOthersEnter = 0o011;

/**
 * Whether other users can read a file: its mode allows it, and so do all directories on the way. Never on Windows,
 * which has no such modes, nor for what is no ordinary file.
 */
export async function isExposed(path: string): Promise<boolean> {
  if (process.platform === "win32") return false;
  try {
    const status = await stat(path);
    if (!status.isFile() || (status.mode & groupOrOthersRead) === 0) return false;
    for (let at = dirname(resolve(path)); ; at = dirname(at)) {
      if (((await lstat(at)).mode & groupOrOthersEnter) === 0) return false;
      if (at === dirname(at)) return true;
    }
  } catch {
    return false;
  }
}

/** The path of the `hex.config` in a profile's directory, if it holds credentials that other users can read. */
export async function findExposedCredentials(directory: string): Promise<string | undefined> {
  const path = join(directory, configName);
  if (!(await isExposed(path))) return undefined;
  const { document } = await readConfig(path);
  return heldOrigins(await readHoldings(document)).length > 0 ? path : undefined;
}
