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

/** The last reading of each file, for as long as the file is the same: a program that serves others reads it often. */
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
    const { bytes, changedAt, identity } = readBytes(path);
    const isSettled = Math.abs(Date.now() - changedAt) >= settled;
    const pause = isSettled ? undefined : pauses[attempt];
    if (bytes === undefined) {
      return { bytes, document: emptyDocument };
    }
    try {
      if (bytes.length > 0 || pause === undefined) {
        const file = { bytes, document: parseConfig(bytes, path) };
        // A change right after the last one may leave the same times behind.
        if (isSettled) {
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
}

/**
 * The bytes on disk now; `undefined` when there is no file. It's read at once: the threads that would read it meanwhile
 * take longer to start than it takes.
 */
export function readBytes(path: string): Reading {
  try {
    const { bytes, status } = readPlain(path, largestConfig);
    return { bytes, changedAt: Number(status.mtimeMs), identity: describe(status) };
  } catch (error) {
    const errno = errnoOf(error) ?? "";
    if (errno === "ENOENT") {
      return { bytes: undefined, changedAt: 0, identity: "" };
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

/** Which file it is, and in which state: a new one has another number, a changed one other times or another size. */
function describe({ dev, ino, size, mtimeNs, ctimeNs }: import("node:fs").BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}
