import { access, constants, lstat, open } from "node:fs/promises";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { type FailureError, fail } from "@hexuser/core";
import { errnoOf, fileFailure } from "./file-failure.ts";

/** Milliseconds that a process waits for the others; one change takes as long as its requests to the registry. */
const longestWait = 30_000;
const pollEvery = 25;

/** What SQLite answers while another process holds the lock. */
const busyCodes = [5, 6];

/** The end of the queue within this process, for each lock. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs something while no other process, and nothing else in this one, holds the lock. The lock is SQLite's on an
 * empty database: the system lets it go when the process ends, however it ends. Waiting is bounded, and doesn't
 * block the process, so that Ctrl-C works meanwhile.
 *
 * Fails with `storage_locked` when the others don't come to an end, with `storage_write_failed` when the lock
 * can't be made.
 */
export async function withLock<T>(
  path: string,
  run: () => Promise<T>,
  wait: number = longestWait,
): Promise<T> {
  const deadline = Date.now() + wait;
  const before = queues.get(path) ?? Promise.resolve();
  const { promise: done, resolve: release } = Promise.withResolvers<void>();
  const mine = before.then(() => done);
  queues.set(path, mine);
  try {
    await atMost(before, wait, path);
    const database = await acquire(path, deadline);
    try {
      return await run();
    } finally {
      database.close();
    }
  } finally {
    release();
    if (queues.get(path) === mine) {
      queues.delete(path);
    }
  }
}

async function acquire(path: string, deadline: number): Promise<DatabaseSync> {
  await makeLockFile(path);
  // Here, not at the top: most commands change nothing.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const database = openDatabase(() => new DatabaseSync(path, { timeout: 0 }), path);
  for (;;) {
    try {
      // Without a journal: a full disk couldn't take it, and a killed process would leave it behind.
      database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
      return database;
    } catch (error) {
      if (!busyCodes.includes((error as { errcode?: number }).errcode ?? 0)) {
        database.close();
        throw unusable(path, error);
      }
      if (Date.now() >= deadline) {
        database.close();
        throw locked(path);
      }
      await sleep(pollEvery + Math.random() * pollEvery);
    }
  }
}

/** Only if it is missing: closing a file that SQLite has locked in this process would give the lock away. */
async function makeLockFile(path: string): Promise<void> {
  try {
    await using file = await open(path, "wx", 0o600);
    await file.chmod(0o600);
  } catch (error) {
    try {
      if (errnoOf(error) !== "EEXIST") throw error;
      // SQLite would open it for reading only, and then say that it can't be locked.
      await access(path, constants.W_OK);
    } catch (reason) {
      throw fileFailure("storage_write_failed", path, reason);
    }
    await refuseForeign(path);
  }
}

/**
 * SQLite follows a link, and makes the file that a dangling one names. A lock is never a link; for root it's root's own,
 * or whoever made it could exchange it.
 */
async function refuseForeign(path: string): Promise<void> {
  const status = await lstat(path).catch(() => undefined);
  if (status === undefined) return;
  if (!status.isFile() || (process.getuid?.() === 0 && status.uid !== 0)) {
    throw unusable(path, new Error("The lock is a link, or belongs to somebody else."));
  }
}

function openDatabase(make: () => DatabaseSync, path: string): DatabaseSync {
  try {
    return make();
  } catch (error) {
    throw unusable(path, error);
  }
}

async function atMost(before: Promise<unknown>, wait: number, path: string): Promise<void> {
  const stopped = new AbortController();
  const late = sleep(wait, "late", { signal: stopped.signal }).catch(() => undefined);
  const first = await Promise.race([before, late]);
  stopped.abort();
  if (first === "late") {
    throw locked(path);
  }
}

function locked(path: string): FailureError {
  return fail("storage_locked", `Another hexuser is changing the credentials (${path}).`, {
    hint: "wait until it is done, or end it, then try again.",
    details: { path },
  });
}

function unusable(path: string, error: unknown): FailureError {
  return fail("storage_write_failed", `The credentials can't be locked for a change (${path}).`, {
    hint: "remove that file if it isn't yours to keep, or set HEX_HOME to a directory on a local disk that you can write to.",
    details: { path },
    cause: error,
  });
}
