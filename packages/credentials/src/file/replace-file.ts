import { dirname } from "node:path";
import { FailureError } from "@hexuser/core";
import { fileFailure } from "./file-failure.ts";
import { readBytes } from "./read-config.ts";
import { makePrivateDirectory, replaceWhole, type Successor } from "./whole-file.ts";

/**
 * Makes the directory (for its owner alone) where it is missing.
 * Fails with `storage_write_failed`.
 */
export function makeDirectory(directory: string): void {
  orWriteFailure(directory, () => makePrivateDirectory(directory));
}

/** Fails with `storage_write_failed` if no file can be made beside this one, without which nothing is changed. */
export function checkReplaceable(target: string): void {
  const { accessSync, constants } = process.getBuiltinModule("node:fs");
  const directory = dirname(target);
  orWriteFailure(directory, () => accessSync(directory, constants.W_OK | constants.X_OK));
}

/**
 * Replaces a `hex.config` whole. Fails with `storage_write_failed`.
 *
 * @param before the bytes that the new content was made from
 * @param successor a file that was made for the new content beforehand; it's used up
 * @returns false, with nothing changed, when the file holds something else by now
 */
export function replaceFile(
  target: string,
  content: Uint8Array,
  before: Buffer | undefined,
  successor?: Successor,
): boolean {
  const isCurrent = () => {
    const { bytes } = readBytes(target);
    return before === undefined ? bytes === undefined : bytes?.equals(before) === true;
  };
  return orWriteFailure(target, () => replaceWhole(target, content, { successor, isCurrent }));
}

/** Turns what the file system throws into `storage_write_failed`, which names this path. */
export function orWriteFailure<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof FailureError ? error : fileFailure("storage_write_failed", path, error);
  }
}
