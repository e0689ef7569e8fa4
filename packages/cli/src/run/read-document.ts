import { fail } from "@hexuser/core";
import { type ReadLimits, readDescriptor, readPath, TooLargeError } from "../host/read-bounded.ts";

/** Bytes that a document may have. */
const largestDocument = 16 * 1024 * 1024;

/**
 * Reads a document of calls, from a file or, for `-`, from standard input. It may come through a pipe or be typed
 * on a terminal, which can still be asked on afterwards.
 *
 * Fails with `invalid_input` when it can't be read, is too large or is not UTF-8; with `interrupted` on the signal.
 */
export async function readDocument(file: string, signal: AbortSignal): Promise<string> {
  const bytes = await readBytes(file, { most: largestDocument, signal });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw fail("invalid_input", "The document is not UTF-8.", { hint: "save it as UTF-8." });
  }
}

async function readBytes(file: string, limits: ReadLimits): Promise<Uint8Array> {
  try {
    return await (file === "-" ? readDescriptor(0, limits) : readPath(file, limits));
  } catch (error) {
    if (error instanceof TooLargeError) {
      throw fail("invalid_input", "The document is larger than 16 MiB.", {
        hint: "divide it, and run the parts one after the other.",
      });
    }
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== "string") throw error;
    throw fail("invalid_input", `The document ${file.slice(0, 200)} can't be read (${code}).`, {
      hint: "name a file that you can read, or - for standard input.",
      cause: error,
    });
  }
}
