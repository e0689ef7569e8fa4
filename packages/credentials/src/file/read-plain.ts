// Reads small files that somebody may have replaced with something else. It imports nothing of the package, so that
// caches can use it at no cost.
import * as fs from "node:fs";

/** The content of a file, and which file it is. */
export interface PlainFile {
  readonly bytes: Buffer;
  readonly status: fs.BigIntStats;
}

/**
 * Reads an ordinary file. It doesn't wait for the writer of a named pipe, and doesn't read from a device, which may never
 * end. Throws system errors: `EISDIR` for a directory, `EFTYPE` for anything else that isn't a file, and `ENOLINK` for a
 * link to a missing file, which may be on a disk that isn't mounted.
 *
 * @param most bytes to read. Of a larger file, it reads one more byte, which is enough to refuse it
 * @param flags further flags of open(2)
 */
export function readPlain(path: string, most: number, flags = 0): PlainFile {
  const { O_RDONLY, O_NONBLOCK = 0 } = fs.constants;
  // Without O_NONBLOCK, opening a named pipe waits for its writer. Windows has no such flag.
  const descriptor = open(path, O_RDONLY | O_NONBLOCK | flags);
  try {
    const status = fs.fstatSync(descriptor, { bigint: true });
    if (!status.isFile()) {
      const code = status.isDirectory() ? "EISDIR" : "EFTYPE";
      throw Object.assign(new Error("it is not an ordinary file"), { code });
    }
    // Reading ends even if the file grows meanwhile.
    const buffer = Buffer.alloc(Math.min(Number(status.size), most) + 1);
    for (let length = 0; ; ) {
      const bytesRead = fs.readSync(descriptor, buffer, length, buffer.length - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) return { bytes: buffer.subarray(0, length), status };
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

function open(path: string, flags: number): number {
  try {
    return fs.openSync(path, flags);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (!isMissing || fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) throw error;
    throw Object.assign(new Error("the link leads to no file"), { code: "ENOLINK", cause: error });
  }
}
