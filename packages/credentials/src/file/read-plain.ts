// How small files are read that anybody may have put something else in the place of. It needs nothing of the package, so
// that caches can use it at no cost.
import * as fs from "node:fs";

/** What is in a file, and which file it is. */
export interface PlainFile {
  readonly bytes: Buffer;
  readonly status: fs.BigIntStats;
}

/**
 * Reads an ordinary file. It waits for no writer of a named pipe, and reads no device, which may never end. Throws system
 * errors: `EISDIR` for a directory, `EFTYPE` for what is no file either, `ENOLINK` for a link to a file that doesn't
 * exist: what was there may be on a disk that isn't mounted.
 *
 * @param most bytes: of a larger file it reads one more than that, which is enough to refuse it
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
      throw Object.assign(new Error("it is no ordinary file"), { code });
    }
    // A file that grows meanwhile ends too.
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
