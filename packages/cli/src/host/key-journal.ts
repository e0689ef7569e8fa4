import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  type AccountKey,
  FailureError,
  fail,
  hint,
  type KeyJournal,
  type UnfinishedKey,
} from "@hexuser/core";
import { holdLock, withLock } from "@hexuser/credentials";
import { readPlain } from "@hexuser/credentials/read-plain";
import { makePrivateDirectory, replaceWhole } from "@hexuser/credentials/whole-file";
import { z } from "zod";

/** Bytes. */
const largest = 1024 * 1024;

const entrySchema = z.strictObject({
  id: z.string(),
  operation: z.string(),
  organization: z.string().optional(),
  replaces: z.string().optional(),
  intended: z.string(),
  permissions: z.array(z.string()),
  begunAt: z.string(),
  phase: z.enum(["intended", "made", "delivering", "delivered"]),
  made: z.string().optional(),
  superseded: z.array(z.string()).optional(),
  revokeAfter: z.string().optional(),
  replacedMadeAt: z.string().optional(),
});
const fileSchema = z.strictObject({ journal: z.literal(1), keys: z.array(entrySchema) });

/** The locks that this process holds, by their paths. They outlive the journal of one call. */
const held = new Map<string, () => Promise<void>>();

/**
 * Keeps the journal of unfinished keys in a file of mode 0600 for each account. Each entry that a process works on has a
 * lock, which the system releases if the process ends.
 *
 * @param directory created when something is written to it
 */
export function createKeyJournal(directory: string, { profile, origin }: AccountKey): KeyJournal {
  const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 32);
  const account = digest(JSON.stringify([profile, origin]));
  const path = join(directory, `${account}.json`);
  const lockOf = (id: string) => join(directory, `${account}-${digest(id)}.lock`);

  function read(): readonly UnfinishedKey[] {
    let text: string;
    try {
      text = readPlain(path, largest).bytes.toString();
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return [];
      throw unusable(path, error);
    }
    const file = fileSchema.safeParse(parse(text));
    if (file.success) return file.data.keys;
    throw fail("storage_damaged", `The journal of unfinished keys is damaged (${path}).`, {
      hint: hint`look at your keys with ${{ call: "key.list" }}, revoke those that nobody has, and remove the file.`,
      details: { path },
    });
  }

  /** Only one process at a time changes the file, and takes or removes the lock of an entry. */
  async function alone<T>(run: () => Promise<T> | T): Promise<T> {
    try {
      makePrivateDirectory(directory);
      return await withLock(join(directory, `${account}.lock`), async () => run());
    } catch (error) {
      throw error instanceof FailureError ? error : unusable(path, error);
    }
  }

  function write(keys: readonly UnfinishedKey[]): void {
    if (keys.length === 0) rmSync(path, { force: true });
    else replaceWhole(path, `${JSON.stringify({ journal: 1, keys }, null, 2)}\n`);
  }

  async function isBusy(id: string): Promise<boolean> {
    const lock = lockOf(id);
    if (held.has(lock)) return true;
    if (!existsSync(lock)) return false;
    try {
      await withLock(lock, async () => {}, 0);
      return false;
    } catch {
      return true;
    }
  }

  return {
    async list() {
      const entries = read();
      return Promise.all(entries.map(async (entry) => ({ ...entry, isBusy: await isBusy(entry.id) })));
    },
    hold: (id) =>
      alone(async () => {
        const lock = lockOf(id);
        if (held.has(lock)) throw busy(lock);
        held.set(
          lock,
          await holdLock(lock).catch((error: unknown) => {
            throw isLocked(error) ? busy(lock) : error;
          }),
        );
      }),
    note: (entry) => alone(() => write([...read().filter(({ id }) => id !== entry.id), entry])),
    end: (id) => alone(() => write(read().filter((entry) => entry.id !== id))),
    async release(id) {
      const lock = lockOf(id);
      const letGo = held.get(lock);
      if (letGo === undefined) return;
      await alone(async () => {
        held.delete(lock);
        await letGo();
        rmSync(lock, { force: true });
      });
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof FailureError && error.failure.code === "storage_locked";
}

function busy(path: string) {
  return fail("storage_locked", "Another call is replacing this key at this moment.", {
    hint: hint`wait until it's done; then run this again if the key is still there.`,
    details: { path },
  });
}

function unusable(path: string, cause: unknown) {
  return fail(
    "storage_write_failed",
    `The journal of unfinished keys can't be used (${path}): ${codeOf(cause)}.`,
    {
      hint: hint`make room there, and make it writable for you; XDG_STATE_HOME sets another directory.`,
      details: { path },
      cause,
    },
  );
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "an unexpected error";
}
