import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { fail } from "@hexuser/core";

/** Bytes that a document may have. */
export const largestDocument = 16 * 1024 * 1024;

/**
 * Reads a document of calls, from a file or, for `-`, from standard input. It may come through a pipe or be typed
 * on a terminal, which can still be asked on afterwards.
 *
 * Fails with `invalid_input` when it can't be read, is too large or is not UTF-8; with `interrupted` on the signal.
 */
export async function readDocument(file: string, signal: AbortSignal): Promise<string> {
  const bytes = file === "-" ? await readDescriptor(0, signal) : await readFile(file, signal);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw fail("invalid_input", "The document is not UTF-8.", { hint: "save it as UTF-8." });
  }
}

async function readFile(path: string, signal: AbortSignal): Promise<Uint8Array> {
  let file: number;
  try {
    // Opening a named pipe that nobody writes to would block everything.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    return await readDescriptor(file, signal);
  } catch (error) {
    throw isSystemError(error) ? unreadable(path, error) : error;
  }
}

/** Reads it to its end, and closes it; what a stream was made from is that stream's to close. */
async function readDescriptor(file: number, signal: AbortSignal): Promise<Uint8Array> {
  const status = fstatSync(file);
  const { isatty, ReadStream } = process.getBuiltinModule("node:tty");
  if (isatty(file)) return collect(new ReadStream(file), signal);
  // Not through node:fs: a read that is blocked in its threads would keep the process from ending.
  if (status.isFIFO() || status.isSocket()) {
    const { Socket } = process.getBuiltinModule("node:net");
    return collect(new Socket({ fd: file, readable: true, writable: false }), signal);
  }
  try {
    return readAtOnce(file);
  } finally {
    if (file !== 0) closeSync(file);
  }
}

interface Source extends AsyncIterable<Uint8Array> {
  destroy(error?: Error): unknown;
}

async function collect(source: Source, signal: AbortSignal): Promise<Uint8Array> {
  const interrupt = () => source.destroy(fail("interrupted", "Interrupted."));
  signal.addEventListener("abort", interrupt, { once: true });
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of source) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > largestDocument) throw tooLarge();
    }
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener("abort", interrupt);
    source.destroy();
  }
}

function readAtOnce(file: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let size = 0; ; ) {
    const chunk = Buffer.alloc(256 * 1024);
    const read = readSync(file, chunk, 0, chunk.length, null);
    if (read === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, read));
    size += read;
    if (size > largestDocument) throw tooLarge();
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === "string";
}

function unreadable(path: string, error: unknown) {
  const { code = "an unexpected error" } = error as NodeJS.ErrnoException;
  return fail("invalid_input", `The document ${path.slice(0, 200)} can't be read (${code}).`, {
    hint: "name a file that you can read, or - for standard input.",
    cause: error,
  });
}

function tooLarge() {
  return fail("invalid_input", "The document is larger than 16 MiB.", {
    hint: "divide it, and run the parts one after the other.",
  });
}
