import { setTimeout as sleep } from "node:timers/promises";
import { FailureError, fail } from "@hexuser/core";
import { type ConfigDocument, emptyDocument, largestConfig, parseConfig } from "./config-document.ts";
import { errnoOf, fileFailure } from "./file-failure.ts";
import { readPlain } from "./read-plain.ts";

/** A `hex.config` as it is on disk; no bytes: there is none. */
export interface ConfigFile {
  readonly bytes: Buffer | undefined;
  readonly document: ConfigDocument;
}

/** mix hex writes in place, first truncating: what looks cut is read again after these pauses (milliseconds). */
const pauses = [50, 50, 50];
/** Milliseconds since the last change after which a cut file is believed at once: nobody is writing it. */
const settled = 2000;

/** The last reading of each file. It's used again while the file is the same, so a command reads the file once. */
const readings = new Map<string, { readonly identity: string; readonly file: ConfigFile }>();

/**
 * Reads a `hex.config`; a missing one is empty.
 *
 * Fails with `storage_damaged` when it isn't one, and `storage_unavailable` when it can't be read.
 */
export async function readConfig(path: string): Promise<ConfigFile> {
  for (let attempt = 0; ; attempt += 1) {
    const known = readings.get(path);
    if (known !== undefined && known.identity === identityOf(path)) {
      return known.file;
    }
    const { bytes, changedAt, identity, isDistinct } = readBytes(path);
    const isSettled = Math.abs(Date.now() - changedAt) >= settled;
    const pause = isSettled ? undefined : pauses[attempt];
    if (bytes === undefined) {
      return { bytes, document: emptyDocument };
    }
    try {
      if (bytes.length > 0 || pause === undefined) {
        const file = { bytes, document: parseConfig(bytes, path) };
        if (isDistinct) {
          readings.set(path, { identity, file });
        }
        return file;
      }
    } catch (error) {
      if (pause === undefined || !(error instanceof FailureError)) {
        throw error;
      }
    }
    await sleep(pause);
  }
}

interface Reading {
  readonly bytes: Buffer | undefined;
  /** Milliseconds since the UNIX epoch. */
  readonly changedAt: number;
  readonly identity: string;
  /** A change from now on gives the file another identity. */
  readonly isDistinct: boolean;
}

/**
 * The bytes on disk now; `undefined` when there is no file. It's read at once: the threads that would read it meanwhile
 * take longer to start than it takes.
 */
export function readBytes(path: string): Reading {
  try {
    const { bytes, status } = readPlain(path, largestConfig);
    return {
      bytes,
      changedAt: Number(status.mtimeMs),
      identity: describe(status),
      isDistinct: isOld(status),
    };
  } catch (error) {
    const errno = errnoOf(error) ?? "";
    if (errno === "ENOENT") {
      return { bytes: undefined, changedAt: 0, identity: "", isDistinct: false };
    }
    if (["EISDIR", "EFTYPE"].includes(errno)) {
      throw fail("storage_unavailable", `The credentials can't be read (${path}): it is no file.`, {
        hint: "move it away, or set HEX_HOME to another directory.",
        details: { path },
      });
    }
    throw fileFailure("storage_unavailable", path, error);
  }
}

function identityOf(path: string): string | undefined {
  let status: import("node:fs").BigIntStats | undefined;
  try {
    status = process.getBuiltinModule("node:fs").statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    // Whoever reads it is told why.
  }
  return status === undefined ? undefined : describe(status);
}

/**
 * Whether the clock of the file system has ticked since the last change: a change within the same tick leaves the same
 * times. Linux ticks every 10 ms at the slowest; whole seconds mean a file system that counts in seconds.
 */
function isOld({ mtimeNs, ctimeNs }: import("node:fs").BigIntStats): boolean {
  const changedNs = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  const tick = changedNs % 1_000_000_000n === 0n ? settled : 20;
  return Math.abs(Date.now() - Number(changedNs / 1_000_000n)) >= tick;
}

/** Which file it is, and in which state: a new one has another number, a changed one other times or another size. */
function describe({ dev, ino, size, mtimeNs, ctimeNs }: import("node:fs").BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}
