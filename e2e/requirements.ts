import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { it } from "vitest";

/** Something that a machine may lack, and that a test cannot do without. */
export interface Requirement {
  readonly met: boolean;
  /** Completes “left out, since …”. */
  readonly reason: string;
}

/** Being root: to mount a small disk, and to give up root's rights. */
export const rootRights: Requirement = {
  met: process.getuid?.() === 0,
  reason: "it takes root's rights",
};

/** A command of the system. */
export function command(name: string): Requirement {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return {
    met: folders.some((folder) => isExecutable(join(folder, name))),
    reason: `it takes the command ${name}`,
  };
}

/**
 * `it` for a test that needs what a machine may lack: there it is left out, and its title says why.
 * @example itWith(rootRights)("says so when the disk is full", async () => { … });
 */
export function itWith(...requirements: readonly Requirement[]) {
  const missing = requirements.find(({ met }) => !met);
  return (title: string, test: () => void | Promise<void>): void => {
    if (missing === undefined) it(title, test);
    else it.skip(`${title} (left out, since ${missing.reason})`, test);
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
