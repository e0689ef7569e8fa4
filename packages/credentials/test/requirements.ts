import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { describe } from "vitest";

/** Lists the commands that are missing on this machine. */
export function missingCommands(...names: readonly string[]): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.filter((name) => !folders.some((folder) => isExecutable(join(folder, name))));
}

/**
 * `describe` for tests that need commands which a machine may lack. Without the commands, the tests are skipped, and their
 * title tells why. On CI no test may be skipped, so they run and fail.
 *
 * @example describeWith("pass", "gpg")("with pass", () => { … });
 */
export function describeWith(...commands: readonly string[]) {
  const missing = missingCommands(...commands);
  const isRun = missing.length === 0 || Boolean(process.env.CI);
  return (title: string, tests: () => void): void => {
    const reason = `skipped, because it needs the command ${missing.join(" and ")}`;
    describe.runIf(isRun)(missing.length === 0 ? title : `${title} (${reason})`, tests);
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
