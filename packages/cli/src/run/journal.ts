import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { fail, hint } from "@hexuser/core";
import { readPlain } from "@hexuser/credentials/read-plain";
import { z } from "zod";

/** Bytes. The longest document needs much less. */
const largest = 64 * 1024 * 1024;

const states = ["begun", "done", "failed", "settled", "read"] as const;

/**
 * What is known about a call. `begun`: its end isn't known, so it may have happened. `failed`: it didn't happen, and
 * can be tried again. `settled`: it may have happened, and the person was told. `read`: it was answered, and changed
 * nothing.
 */
export type JournalState = (typeof states)[number];

/** The progress of a run, which outlives the process. It holds nothing of a call's input or output. */
export interface Journal {
  /** Returns `undefined` if the call was not begun. */
  stateOf(call: number): JournalState | undefined;
  /**
   * Notes a state. On return, the note can't be lost, unless losing it would do no harm. Fails with
   * `storage_write_failed`.
   */
  note(call: number, state: JournalState): void;
  /** Tells whether it holds anything that another run has to know. */
  hasChanges(): boolean;
  /** Ends the journal. It's kept for `--resume`, or removed. */
  end(isKept: boolean): void;
}

const headerSchema = z.strictObject({ journal: z.literal(1), calls: z.int().positive() });
const entrySchema = z.strictObject({
  call: z.int().positive(),
  state: z.enum(states),
});

/** The journal of an earlier run. */
export interface EarlierRun {
  readonly states: ReadonlyMap<number, JournalState>;
  /** Bytes up to the end of the last whole line. */
  readonly length: number;
}

/**
 * Reads the journal of an earlier run. Returns `undefined` if there is none. A full disk or a loss of power may have
 * cut the last line. That line doesn't count, because its call hadn't begun. Fails with `storage_damaged` if anything
 * else is wrong.
 */
export function readJournal(path: string): EarlierRun | undefined {
  let bytes: Buffer;
  try {
    bytes = readPlain(path, largest).bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unusable(path, "read", error);
  }
  if (bytes.length > largest) throw damaged(path);
  const length = bytes.lastIndexOf("\n") + 1;
  const [header, ...entries] = bytes.toString("utf8", 0, length).split("\n").slice(0, -1);
  if (header === undefined) return undefined;
  if (!headerSchema.safeParse(parse(header)).success) throw damaged(path);
  const found = new Map<number, JournalState>();
  for (const line of entries) {
    const entry = entrySchema.safeParse(parse(line));
    if (!entry.success) throw damaged(path);
    found.set(entry.data.call, entry.data.state);
  }
  return { states: found, length };
}

/**
 * Begins a journal for so many calls, or continues an earlier one. Only the owner can read its file. Fails with
 * `storage_write_failed`.
 */
export function openJournal(path: string, calls: number, earlier: EarlierRun | undefined): Journal {
  const known = new Map(earlier?.states);
  const file = orWriteFailure(path, () => {
    if (earlier === undefined) rmSync(path, { force: true });
    const opened = openSync(path, earlier === undefined ? "wx" : "r+", 0o600);
    ftruncateSync(opened, earlier?.length ?? 0);
    return opened;
  });
  let end = earlier?.length ?? 0;
  const append = (line: object, isLasting = true) =>
    orWriteFailure(path, () => {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      // A disk that gets full takes a part of the line and then nothing. The next line replaces that part.
      for (let written = 0; written < bytes.length; )
        written += writeSync(file, bytes, written, bytes.length - written, end + written);
      if (isLasting) fdatasyncSync(file);
      end += bytes.length;
    });
  try {
    if (earlier === undefined) {
      append({ journal: 1, calls });
      syncDirectory(dirname(path));
    }
  } catch (error) {
    closeSync(file);
    rmSync(path, { force: true });
    throw error;
  }
  return {
    stateOf: (call) => known.get(call),
    note(call, state) {
      append({ call, state }, state !== "read");
      known.set(call, state);
    },
    hasChanges: () => [...known.values()].some((state) => !["failed", "read"].includes(state)),
    end(isKept) {
      closeSync(file);
      if (!isKept) orWriteFailure(path, () => rmSync(path, { force: true }));
    },
  };
}

/** For a run that only reads, which needs no journal. */
export const noJournal: Journal = {
  stateOf: () => undefined,
  note() {},
  hasChanges: () => false,
  end() {},
};

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Makes the new name durable. Windows and some file systems can't do that. */
function syncDirectory(directory: string): void {
  try {
    const handle = openSync(directory, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {}
}

function orWriteFailure<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw unusable(path, "written", error);
  }
}

/** The failure for a journal, a directory or a lock that can't be used. */
export function unusable(path: string, what: "read" | "written", error: unknown) {
  const { code = "an unexpected error" } = error as NodeJS.ErrnoException;
  return fail("storage_write_failed", `The journal of the run can't be ${what} (${path}): ${code}.`, {
    hint: hint`make room there, and make it writable for you; XDG_STATE_HOME sets another directory.`,
    details: { path },
    cause: error,
  });
}

function damaged(path: string) {
  return fail("storage_damaged", `The journal of an earlier run of this document is damaged (${path}).`, {
    hint: hint`find out what was done, with \`hexuser key list\` for instance, then start again with --restart.`,
    details: { path },
  });
}
