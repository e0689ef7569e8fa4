import { rmSync } from "node:fs";
import { join } from "node:path";
import { FailureError, fail } from "@hexuser/core";
import { withLock } from "@hexuser/credentials";
import { unusable } from "./journal.ts";

/**
 * Does something while nobody else runs the same document. The system lets the lock go when the process ends,
 * however it ends.
 *
 * Locks are taken and removed behind another one, which is held for a moment only: otherwise a process could wait
 * for a lock whose file is gone, while a third one makes it anew.
 *
 * Fails with `storage_locked` when the document is being run, with `storage_write_failed` when it can't be locked.
 */
export async function holdingRun<T>(directory: string, name: string, run: () => Promise<T>): Promise<T> {
  const doorway = join(directory, "runs.lock");
  const path = join(directory, `${name}.lock`);
  const letGo = await atDoor(doorway, () => hold(path));
  try {
    return await run();
  } finally {
    await atDoor(doorway, async () => {
      await letGo();
      rmSync(path, { force: true });
    });
  }
}

/** Takes a lock, or fails at once; gives what lets it go. */
async function hold(path: string): Promise<() => Promise<void>> {
  const taken = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const held = withLock(
    path,
    () => {
      taken.resolve();
      return over.promise;
    },
    0,
  );
  held.catch(taken.reject);
  try {
    await taken.promise;
  } catch (error) {
    throw isLocked(error) ? beingRun(path) : unusable(path, "written", (error as Error).cause);
  }
  return () => {
    over.resolve();
    return held;
  };
}

async function atDoor<T>(doorway: string, run: () => Promise<T>): Promise<T> {
  let isIn = false;
  try {
    return await withLock(doorway, () => {
      isIn = true;
      return run();
    });
  } catch (error) {
    if (isIn) throw error;
    throw unusable(doorway, "written", (error as Error).cause);
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof FailureError && error.failure.code === "storage_locked";
}

function beingRun(path: string) {
  return fail("storage_locked", "This document is being run already.", {
    hint: "wait until that run is done, or end it; then see what is left with --resume.",
    details: { path },
  });
}
