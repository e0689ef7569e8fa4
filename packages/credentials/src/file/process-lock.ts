import { access, constants, lstat, open } from "node:fs/promises";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { type FailureError, fail, hint } from "@hexuser/core";
import { errnoOf, fileFailure } from "./file-failure.ts";

/** Milliseconds that a process waits for the others. A change takes as long as its requests to the registry. */
const longestWait = 30_000;
const pollEvery = 25;

/** SQLite's error codes while another process holds the lock. */
const busyCodes = [5, 6];

/** For each lock, the end of the queue in this process. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs a function under a lock between processes, and between the callers in this process. The lock is SQLite's lock on
 * an empty database, which the system releases whenever the process ends. The wait has a limit and doesn't block the
 * process, so that Ctrl-C works.
 *
 * Fails with `storage_locked` if the others don't finish in time, and with `storage_write_failed` if the lock can't be
 * created.
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
    if (queues.get(path) === mine) queues.delete(path);
  }
}

/** Takes a lock like `withLock`, or fails at once. Returns the function that releases it. */
export async function holdLock(path: string): Promise<() => Promise<void>> {
  const taken = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const hold = () => {
    taken.resolve();
    return over.promise;
  };
  const held = withLock(path, hold, 0);
  held.catch(taken.reject);
  await taken.promise;
  return () => {
    over.resolve();
    return held;
  };
}

async function acquire(path: string, deadline: number): Promise<DatabaseSync> {
  await makeLockFile(path);
  // Loaded only now, because most commands change nothing.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const database = openDatabase(() => new DatabaseSync(path, { timeout: 0 }), path);
  for (;;) {
    try {
      // Without a journal file, because it doesn't fit on a full disk, and a killed process would leave it there.
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

/** Opens the file only if it is missing: closing a file that SQLite has locked in this process releases the lock. */
async function makeLockFile(path: string): Promise<void> {
  try {
    await using file = await open(path, "wx", 0o600);
    await file.chmod(0o600);
  } catch (error) {
    try {
      if (errnoOf(error) !== "EEXIST") throw error;
      // SQLite would open it read-only and then report that it can't lock it.
      await access(path, constants.W_OK);
    } catch (reason) {
      throw fileFailure("storage_write_failed", path, reason);
    }
    await refuseForeign(path);
  }
}

/**
 * Refuses a link as a lock, because SQLite follows it and creates a missing target. If this is root, it refuses a lock of
 * another user, too, because that user could replace it.
 */
async function refuseForeign(path: string): Promise<void> {
  const status = await lstat(path).catch(() => undefined);
  if (status === undefined) return;
  if (!status.isFile() || (process.getuid?.() === 0 && status.uid !== 0)) {
    throw unusable(path, new Error("the lock is a link or belongs to another user"));
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
  if (first === "late") throw locked(path);
}

function locked(path: string): FailureError {
  return fail("storage_locked", `Another hexuser is changing the credentials (${path}).`, {
    hint: hint`wait until it has finished, or end it, then try again.`,
    details: { path },
  });
}

function unusable(path: string, error: unknown): FailureError {
  return fail("storage_write_failed", `The credentials can't be locked for a change (${path}).`, {
    hint: hint`remove that file if you don't need it, or set HEX_HOME to a writable directory on a local disk.`,
    details: { path },
    cause: error,
  });
}
