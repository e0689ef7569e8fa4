import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Context, FailureError, fail, hint } from "@hexuser/core";
import { noHome, withLock } from "@hexuser/credentials";
import { makePrivateDirectory } from "@hexuser/credentials/whole-file";
import type { PlannedCall } from "./check-calls.ts";
import { type EarlierRun, type Journal, noJournal, openJournal, readJournal, unusable } from "./journal.ts";

/** Whose calls a run executes, as far as that is known before it asks the registry. */
export type RunAccount = Pick<Context, "registry" | "profile"> & {
  readonly credentials: Pick<Context["credentials"], "id">;
};

/** How a run goes about an earlier one of the same document that did not come to its end. */
export interface Continuation {
  readonly resume: boolean;
  readonly restart: boolean;
}

/**
 * Carries out a run with its journal, and alone. A document that only reads needs neither.
 *
 * @param directory for the journals; absent if there is no home directory
 * @param run gives whether the run came to its end, with nothing left to be tried again
 * Fails with `invalid_input` when there is an earlier run that nobody has decided about, or none to go on with.
 */
export async function withJournal(
  calls: readonly PlannedCall[],
  ctx: RunAccount,
  directory: string | undefined,
  { resume, restart }: Continuation,
  run: (journal: Journal) => Promise<boolean>,
): Promise<void> {
  if (calls.every(({ operation }) => operation.effect === "read")) {
    if (resume) throw nothingToResume("This document only reads, so there is nothing to go on with.");
    await run(noJournal);
    return;
  }
  if (directory === undefined) throw noHome();
  try {
    makePrivateDirectory(directory);
  } catch (error) {
    throw unusable(directory, "written", error);
  }
  const name = digest(calls, ctx);
  await holdingRun(directory, name, async () => {
    const path = join(directory, `${name}.jsonl`);
    const earlier = restart ? undefined : readJournal(path);
    if (earlier === undefined && resume)
      throw nothingToResume("There is no unfinished run of this document.");
    if (earlier !== undefined && !resume) throw undecided(earlier, calls.length);
    const journal = openJournal(path, calls.length, earlier);
    let isOver = false;
    try {
      isOver = await run(journal);
    } finally {
      journal.end(!isOver && journal.hasChanges());
    }
  });
}

/** The same for documents that say the same, whatever their layout; another one for another registry or place. */
function digest(calls: readonly PlannedCall[], { registry, profile, credentials }: RunAccount): string {
  const said = calls.map(({ operation, input }) => [operation.id, canonical(input)]);
  return createHash("sha256")
    .update(JSON.stringify([registry.apiUrl, profile, credentials.id, said]))
    .digest("hex")
    .slice(0, 32);
}

/** The same value with the fields of its objects in one order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return entries.map(([name, inner]) => [name, canonical(inner)]);
}

function undecided({ states }: EarlierRun, calls: number) {
  const done = [...states.values()].filter((state) => state === "done" || state === "read").length;
  return fail(
    "invalid_input",
    `An earlier run of this document did not come to its end. Of its ${calls} calls, ${done} ${done === 1 ? "is" : "are"} known to be done.`,
    {
      hint: hint`continue it with --resume, which repeats no call, or start again from the first call with --restart.`,
    },
  );
}

function nothingToResume(message: string) {
  return fail("invalid_input", message, { hint: hint`run it without --resume.` });
}

/**
 * Does something while nobody else runs the same document. The system lets the lock go when the process ends,
 * however it ends.
 *
 * Locks are taken and removed behind another one, which is held for a moment only: otherwise a process could wait
 * for a lock whose file is gone, while a third one creates it again.
 *
 * Fails with `storage_locked` when the document is being run, with `storage_write_failed` when it can't be locked.
 */
async function holdingRun<T>(directory: string, name: string, run: () => Promise<T>): Promise<T> {
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
    hint: hint`wait until that run is done, or end it; then see what is left with --resume.`,
    details: { path },
  });
}
