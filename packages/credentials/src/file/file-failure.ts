import { type FailureCode, FailureError, fail, type Hint, hint } from "@hexuser/core";
import { makePrivateDirectory } from "./whole-file.ts";

const isWindows = process.platform === "win32";

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left on the device",
  EDQUOT: "the disk quota is used up",
  EISDIR: "it is a directory",
  EFTYPE: "it is a device, a named pipe or a socket",
  ENOTDIR: "a part of the path is not a directory",
  ELOOP: "symbolic links lead in a circle",
  ENOLINK: "it is a symbolic link to a missing file",
  ENAMETOOLONG: "the path is too long",
  EMFILE: "too many files are open",
  EBUSY: isWindows ? "another program uses it" : "the system uses it, for instance as a mount",
  EXDEV: "it is a mount of its own",
  EIO: "the device has an error",
};

const hints: Readonly<Record<string, Hint>> = {
  EACCES: hint`give yourself access to it, or set HEX_HOME to a directory of your own.`,
  EPERM: hint`give yourself access to it, or set HEX_HOME to a directory of your own.`,
  EROFS: hint`set HEX_HOME to a writable directory.`,
  ENOSPC: hint`free some space, then try again.`,
  EDQUOT: hint`free some space, then try again.`,
  ENOLINK: hint`create the file that the link names, or remove the link.`,
  EBUSY: isWindows
    ? hint`close the other program, then try again.`
    : hint`mount the directory instead of the file, or set HEX_HOME to another one.`,
};

const actions = {
  storage_unavailable: "The credentials can't be read",
  storage_write_failed: "The credentials can't be written",
} as const satisfies Partial<Record<FailureCode, string>>;

/** Makes a failure of a system error. It names the path and the reason. */
export function fileFailure(code: keyof typeof actions, path: string, error: unknown): FailureError {
  const errno = errnoOf(error) ?? "";
  const reason = reasons[errno] ?? (errno === "" ? "an unexpected error" : errno);
  return fail(code, `${actions[code]} (${path}): ${reason}.`, {
    hint: hints[errno] ?? hint`check the path; HEX_HOME sets another directory.`,
    details: { path, ...(errno === "" ? {} : { errno }) },
    cause: error,
  });
}

/** The name of a system error, such as "ENOENT". */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** Turns a system error into `storage_write_failed`, which names this path. */
export function orWriteFailure<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof FailureError ? error : fileFailure("storage_write_failed", path, error);
  }
}

/** Creates a directory for its owner only, if it is missing. Fails with `storage_write_failed`. */
export function makeDirectory(directory: string): void {
  orWriteFailure(directory, () => makePrivateDirectory(directory));
}
