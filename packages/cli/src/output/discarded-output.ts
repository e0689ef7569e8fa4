import { fail } from "@hexuser/core";

/**
 * Refuses what would show a secret once, where standard output goes nowhere: to /dev/null, or closed (`>&-`), in whose place
 * Node opens /dev/null when it starts. Fails with `invalid_input`, before anything is changed.
 */
export function refuseDiscardedOutput(what: string): void {
  if (!isDiscarded()) return;
  throw fail("invalid_input", `Standard output is closed, or goes to /dev/null: ${what} would be lost.`, {
    hint: "run this with a standard output that is read, like a terminal, a pipe or a file.",
  });
}

function isDiscarded(): boolean {
  const { fstatSync, statSync } = process.getBuiltinModule("node:fs");
  if (process.platform === "win32") return false;
  try {
    const output = fstatSync(1);
    return output.isCharacterDevice() && output.rdev === statSync("/dev/null").rdev;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EBADF";
  }
}
