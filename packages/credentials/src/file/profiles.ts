import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { checkProfileName, noHome } from "../backend-failure.ts";
import {
  defaultProfile,
  type HomeEnvironment,
  hexHome,
  isProfileName,
  pathOf,
  profilesDirectory,
} from "./directories.ts";
import { heldOrigins, readHoldings } from "./held-accounts.ts";
import { isExposed } from "./path-owner.ts";
import { configName, readConfig } from "./read-config.ts";

/**
 * The directory of a profile, which is a valid `HEX_HOME`. The default profile has mix hex's own directory.
 * Fails with `invalid_input` for an invalid name, and with `storage_unavailable` without a home directory.
 */
export function profileDirectory(profile: string, environment: HomeEnvironment): string {
  const directory = findProfileDirectory(profile, environment);
  if (directory === undefined) throw noHome();
  return directory;
}

/** As `profileDirectory`, but `undefined` without a home directory. */
export function findProfileDirectory(profile: string, environment: HomeEnvironment): string | undefined {
  if (profile === defaultProfile) {
    return hexHome(environment);
  }
  checkProfileName(profile);
  const profiles = profilesDirectory(environment);
  return profiles === undefined ? undefined : pathOf(environment.platform).join(profiles, profile);
}

/** The names of the profiles that have a directory, the default one first. */
export async function listProfiles(environment: HomeEnvironment): Promise<readonly string[]> {
  const directory = profilesDirectory(environment);
  const found =
    directory === undefined ? [] : await readdir(directory, { withFileTypes: true }).catch(() => []);
  const names = found.filter((entry) => entry.isDirectory() && isProfileName(entry.name));
  return [
    defaultProfile,
    ...names
      .map(({ name }) => name)
      .filter((name) => name !== defaultProfile)
      .sort(),
  ];
}

/** The path of the `hex.config` in a profile's directory, if it contains credentials that other users can read. */
export async function findExposedCredentials(directory: string): Promise<string | undefined> {
  const path = join(directory, configName);
  if (!isExposed(path)) return undefined;
  const { document } = await readConfig(path);
  return heldOrigins(await readHoldings(document)).length > 0 ? path : undefined;
}
