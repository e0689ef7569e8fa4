import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { fail } from "@hexuser/core";

/** There are more bytes than the limit allows. */
export class TooLargeError extends Error {}

/** Limits for reading a file. */
export interface ReadLimits {
  /** Bytes. */
  readonly most: number;
  readonly signal: AbortSignal;
}

/**
 * Reads a whole file: an ordinary one, a named pipe, or the shell's file for `<(…)`. Throws `TooLargeError`, the
 * system's error, or `interrupted` on the signal.
 */
export function readPath(path: string, limits: ReadLimits): Promise<Uint8Array> {
  // If nobody writes to a named pipe, opening it would block the process.
  return readDescriptor(openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)), limits);
}

/**
 * Reads an open file to its end, and closes it unless it's standard input. It may be a pipe or a terminal. A terminal
 * can still be used for questions afterwards. Throws as `readPath` does.
 */
export async function readDescriptor(file: number, limits: ReadLimits): Promise<Uint8Array> {
  const status = fstatSync(file);
  const { isatty, ReadStream } = process.getBuiltinModule("node:tty");
  if (isatty(file)) return collect(new ReadStream(file), limits);
  // Avoid node:fs: a blocked read in its threads would keep the process from ending.
  if (status.isFIFO() || status.isSocket()) {
    const { Socket } = process.getBuiltinModule("node:net");
    // The stream closes the descriptor that it was made from.
    return collect(new Socket({ fd: file, readable: true, writable: false }), limits);
  }
  try {
    return readAtOnce(file, limits);
  } finally {
    if (file !== 0) closeSync(file);
  }
}

interface Source extends AsyncIterable<Uint8Array> {
  destroy(error?: Error): unknown;
}

async function collect(source: Source, { most, signal }: ReadLimits): Promise<Uint8Array> {
  const interrupt = () => source.destroy(fail("interrupted", "Interrupted."));
  signal.addEventListener("abort", interrupt, { once: true });
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of source) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > most) throw new TooLargeError();
    }
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener("abort", interrupt);
    source.destroy();
  }
}

function readAtOnce(file: number, { most }: ReadLimits): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let size = 0; ; ) {
    const chunk = Buffer.alloc(Math.min(most + 1, 256 * 1024));
    const read = readSync(file, chunk, 0, chunk.length, null);
    if (read === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, read));
    size += read;
    if (size > most) throw new TooLargeError();
  }
}
