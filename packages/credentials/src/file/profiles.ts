import { readdir } from "node:fs/promises";
import { fail } from "@hexuser/core";
import {
  defaultProfile,
  type HomeEnvironment,
  isProfileName,
  pathOf,
  profilesDirectory,
} from "./config-directory.ts";
import { noHome } from "./file-failure.ts";
import { hexHome } from "./hex-home.ts";

/**
 * The directory of a profile, which is a valid `HEX_HOME`: of the default one, mix hex's own.
 * Fails with `invalid_input` for a name that isn't one, with `storage_unavailable` where there is no home directory.
 */
export function profileDirectory(profile: string, environment: HomeEnvironment): string {
  const directory = findProfileDirectory(profile, environment);
  if (directory === undefined) throw noHome();
  return directory;
}

/** As `profileDirectory`, but `undefined` where there is no home directory. */
export function findProfileDirectory(profile: string, environment: HomeEnvironment): string | undefined {
  if (profile === defaultProfile) {
    return hexHome(environment);
  }
  if (!isProfileName(profile)) {
    throw fail("invalid_input", "That is no name for a profile.", {
      hint: "use up to 64 letters, digits, dots, dashes and underscores, a letter or digit first.",
    });
  }
  const profiles = profilesDirectory(environment);
  return profiles === undefined ? undefined : pathOf(environment.platform).join(profiles, profile);
}

/** The names of the profiles that exist, the default one first, whether there is anything in them or not. */
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
