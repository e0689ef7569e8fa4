import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Context, FailureError, fail, hint } from "@hexuser/core";
import { holdLock, noHome, withLock } from "@hexuser/credentials";
import { makePrivateDirectory } from "@hexuser/credentials/whole-file";
import type { PlannedCall } from "./check-calls.ts";
import { type EarlierRun, type Journal, noJournal, openJournal, readJournal, unusable } from "./journal.ts";

/** The account of a run, as far as it's known before the first request. */
export type RunAccount = Pick<Context, "registry" | "profile"> & {
  readonly credentials: Pick<Context["credentials"], "id">;
};

/** How to treat an earlier, unfinished run of the same document. */
export interface Continuation {
  readonly resume: boolean;
  readonly restart: boolean;
}

/**
 * Executes a run with its journal, while no other process runs the same document. A document that only reads needs
 * neither. Fails with `invalid_input` if there is an earlier run but no decision about it, or if there is no run to
 * continue.
 *
 * @param directory for the journals; absent if there is no home directory
 * @param run returns whether no call is left to try again
 */
export async function withJournal(
  calls: readonly PlannedCall[],
  ctx: RunAccount,
  directory: string | undefined,
  { resume, restart }: Continuation,
  run: (journal: Journal) => Promise<boolean>,
): Promise<void> {
  if (calls.every(({ operation }) => operation.effect === "read")) {
    if (resume) throw nothingToResume("This document only reads, so there is nothing to continue.");
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

/** Hashes the meaning of a document, whatever its layout, with its registry and backend. */
function digest(calls: readonly PlannedCall[], { registry, profile, credentials }: RunAccount): string {
  const said = calls.map(({ operation, input, deliver }) => [
    operation.id,
    canonical(input),
    ...(deliver === undefined ? [] : [canonical(deliver)]),
  ]);
  return createHash("sha256")
    .update(JSON.stringify([registry.apiUrl, profile, credentials.id, said]))
    .digest("hex")
    .slice(0, 32);
}

/** Returns the same value with the fields of its objects in a fixed order. */
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
    `An earlier run of this document is unfinished. Of its ${calls} calls, ${done} ${done === 1 ? "is" : "are"} known to be done.`,
    {
      hint: hint`continue it with --resume, which repeats no call, or start again from the first call with --restart.`,
    },
  );
}

function nothingToResume(message: string) {
  return fail("invalid_input", message, { hint: hint`run it without --resume.` });
}

/**
 * Runs a function while no other process runs the same document. The system releases the lock when the process ends, in
 * any way.
 *
 * Another lock, held only for a moment, protects taking and removing these locks. Otherwise a process could wait for a
 * lock whose file is gone, while a third one creates the file again.
 *
 * Fails with `storage_locked` if another process runs the document, and with `storage_write_failed` if it can't be
 * locked.
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

/** Takes a lock, or fails at once. Returns the function that releases it. */
async function hold(path: string): Promise<() => Promise<void>> {
  try {
    return await holdLock(path);
  } catch (error) {
    throw isLocked(error) ? beingRun(path) : unusable(path, "written", (error as Error).cause);
  }
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
  return fail("storage_locked", "Another process is running this document.", {
    hint: hint`wait until that run is done, or end it; then continue with --resume.`,
    details: { path },
  });
}
