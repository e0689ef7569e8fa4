import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { FailureError, fail } from "@hexuser/core";
import { type ConfigDocument, emptyDocument, largestConfig, parseConfig } from "./config-document.ts";
import { errnoOf, fileFailure } from "./file-failure.ts";

/** A `hex.config` as it is on disk; no bytes: there is none. */
export interface ConfigFile {
  readonly bytes: Buffer | undefined;
  readonly document: ConfigDocument;
}

/** mix hex writes in place, first truncating: what looks cut is read again after these pauses (milliseconds). */
const pauses = [50, 50, 50];
/** Milliseconds since the last change after which a cut file is believed at once: nobody is writing it. */
const settled = 2000;

/**
 * Reads a `hex.config`; a missing one is empty.
 *
 * Fails with `storage_damaged` when it isn't one, and `storage_unavailable` when it can't be read.
 */
export async function readConfig(path: string): Promise<ConfigFile> {
  for (let attempt = 0; ; attempt += 1) {
    const { bytes, changedAt } = await readBytes(path);
    const pause = Math.abs(Date.now() - changedAt) < settled ? pauses[attempt] : undefined;
    if (bytes === undefined) {
      return { bytes, document: emptyDocument };
    }
    try {
      if (bytes.length > 0 || pause === undefined) {
        return { bytes, document: parseConfig(bytes, path) };
      }
    } catch (error) {
      if (pause === undefined || !(error instanceof FailureError)) {
        throw error;
      }
    }
    await sleep(pause);
  }
}

/** The bytes on disk now; `undefined` when there is no file. */
export async function readBytes(path: string): Promise<{ bytes: Buffer | undefined; changedAt: number }> {
  try {
    const { O_RDONLY, O_NONBLOCK } = process.getBuiltinModule("node:fs").constants;
    // Without O_NONBLOCK, opening a named pipe waits for its writer. Windows has no such flag.
    await using file = await open(path, O_RDONLY | (O_NONBLOCK ?? 0));
    const status = await file.stat();
    if (!status.isFile()) {
      throw fail("storage_unavailable", `The credentials can't be read (${path}): it is no file.`, {
        hint: "move it away, or set HEX_HOME to another directory.",
        details: { path },
      });
    }
    // One byte more than is accepted is enough to refuse it, and a file that grows meanwhile ends too.
    const buffer = Buffer.alloc(Math.min(status.size, largestConfig) + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) {
        return { bytes: buffer.subarray(0, length), changedAt: status.mtimeMs };
      }
    }
  } catch (error) {
    if (errnoOf(error) === "ENOENT") {
      return { bytes: undefined, changedAt: 0 };
    }
    throw error instanceof FailureError ? error : fileFailure("storage_unavailable", path, error);
  }
}
