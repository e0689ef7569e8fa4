import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { posix, win32 } from "node:path";
import { type FailureError, fail } from "@hexuser/core";
import type { Environment } from "../env/variables.ts";

/** What stands after `helper:`: the end of a program's name, or its absolute path. */
const helperName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

export interface HelperPlace {
  /** `pass` for `docker-credential-pass`, or an absolute path. */
  readonly name: string;
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
}

/** What the program is called: `docker-credential-pass`. */
export function programName({ name, platform }: HelperPlace): string {
  return isPath(name, platform) ? name : `docker-credential-${name}`;
}

/** Fails with `invalid_input` for what can't be the name of a helper. */
export function checkHelperName({ name, platform }: HelperPlace): void {
  if (!isPath(name, platform) && !helperName.test(name)) {
    throw fail("invalid_input", "That is no name for a credential helper.", {
      hint: "give the backend helper:NAME, where docker-credential-NAME is a program on the PATH, or helper: and its absolute path.",
    });
  }
}

/**
 * Finds the program of a helper. Relative folders on the PATH are passed over, so that a program can't be slipped in
 * by whoever owns the working directory.
 *
 * Fails with `storage_unavailable` when there is none that can be run.
 */
export async function findProgram(place: HelperPlace): Promise<string> {
  checkHelperName(place);
  const { name, env, platform } = place;
  const { isAbsolute, join, delimiter } = platform === "win32" ? win32 : posix;
  const file = programName(place) + (platform === "win32" && !/\.exe$/i.test(name) ? ".exe" : "");
  const folders = (env.PATH ?? env.Path ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  const candidates = isPath(name, platform) ? [file] : folders.map((folder) => join(folder, file));
  for (const candidate of candidates) {
    if (await isProgram(candidate)) {
      return candidate;
    }
  }
  throw missing(place);
}

function missing(place: HelperPlace): FailureError {
  const isGiven = isPath(place.name, place.platform);
  return fail(
    "storage_unavailable",
    isGiven
      ? `There is no program at ${place.name} that can be run.`
      : `There is no program ${programName(place)} on the PATH.`,
    {
      hint: "install that credential helper, or name another one with --backend helper:NAME.",
      details: { backend: `helper:${place.name}`, reason: "missing" },
    },
  );
}

function isPath(name: string, platform: NodeJS.Platform): boolean {
  return platform === "win32" ? /^[A-Za-z]:[\\/]/.test(name) : name.startsWith("/");
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
