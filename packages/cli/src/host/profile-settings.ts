import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { FailureError, fail, hint } from "@hexuser/core";
import { configDirectory, type HomeEnvironment, noHome, withLock } from "@hexuser/credentials";
import { readPlain } from "@hexuser/credentials/read-plain";
import { followLinks, makePrivateDirectory, replaceWhole } from "@hexuser/credentials/whole-file";

/** The settings of a profile. `hexuser backend use`, `move` and `hexuser http allow` change them. */
export interface ProfileSettings {
  /** The backend in use. */
  readonly backend?: string | undefined;
  /** The source of a move that has copied the credentials but not removed them there yet. */
  readonly leaving?: string | undefined;
  /** Origins of registries that may be used over plain http. */
  readonly allowHttp?: readonly string[] | undefined;
}

type AllSettings = Readonly<Record<string, ProfileSettings>>;

const fileName = "settings.json";
/** Bytes. */
const largest = 1024 * 1024;

/** Reads the settings of a profile. Without a file there are none. Fails if the file is damaged. */
export function readProfileSettings(profile: string, home: HomeEnvironment): ProfileSettings {
  return readAll(home)[profile] ?? {};
}

/**
 * Changes the settings of a profile. It keeps the other profiles as they are, including changes by other processes
 * meanwhile.
 */
export async function writeProfileSettings(
  profile: string,
  settings: ProfileSettings,
  home: HomeEnvironment,
): Promise<void> {
  const directory = configDirectory(home);
  if (directory === undefined) throw noHome();
  const path = join(directory, fileName);
  try {
    makePrivateDirectory(directory);
    // The lock is beside the file to which symbolic links lead.
    const lock = join(realpathSync(dirname(followLinks(path))), ".settings.lock");
    await withLock(lock, async () => {
      replaceWhole(path, `${JSON.stringify({ ...readAll(home), [profile]: settings }, null, 2)}\n`);
    });
  } catch (error) {
    if (error instanceof FailureError) throw error;
    throw fail(
      "storage_write_failed",
      `${path} can't be written (${(error as NodeJS.ErrnoException).code}).`,
      {
        hint: hint`make its directory writable, or say which backend to use with --backend or HEXUSER_BACKEND.`,
        cause: error,
      },
    );
  }
}

function readAll(home: HomeEnvironment): AllSettings {
  const directory = configDirectory(home);
  if (directory === undefined) return {};
  const path = join(directory, fileName);
  let text: string;
  try {
    text = readPlain(path, largest).bytes.toString();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return {};
    throw damaged(path, error);
  }
  try {
    const settings: unknown = JSON.parse(text);
    if (isSettings(settings)) return settings;
  } catch (error) {
    throw damaged(path, error);
  }
  throw damaged(path);
}

function isSettings(value: unknown): value is AllSettings {
  const isObject = (part: unknown): part is object =>
    typeof part === "object" && part !== null && !Array.isArray(part);
  const isName = (part: unknown) => part === undefined || typeof part === "string";
  const isList = (part: unknown) => part === undefined || (Array.isArray(part) && part.every(isName));
  return (
    isObject(value) &&
    Object.values(value).every(
      (settings: ProfileSettings) =>
        isObject(settings) &&
        isName(settings.backend) &&
        isName(settings.leaving) &&
        isList(settings.allowHttp),
    )
  );
}

/** Don't fall back to the default, because it would store secrets in a place that nobody chose. */
function damaged(path: string, cause?: unknown) {
  return fail("storage_damaged", `The settings in ${path} can't be read.`, {
    hint: hint`repair or remove the file, then choose again with \`hexuser backend use\`.`,
    cause,
  });
}
