import { type Availability, type FailureCode, FailureError, fail } from "@hexuser/core";

const isWindows = process.platform === "win32";

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left on the device",
  EDQUOT: "the disk quota is used up",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of the path is no directory",
  ELOOP: "symbolic links lead in a circle",
  ENOLINK: "it is a symbolic link to a file that doesn't exist",
  ENAMETOOLONG: "the path is too long",
  EMFILE: "too many files are open",
  EBUSY: isWindows ? "another program holds it" : "the system holds it, as it does what is mounted",
  EXDEV: "it is mounted by itself",
  EIO: "the device has an error",
};

const hints: Readonly<Record<string, string>> = {
  EACCES: "give yourself permission to it, or set HEX_HOME to a directory of your own.",
  EPERM: "give yourself permission to it, or set HEX_HOME to a directory of your own.",
  EROFS: "set HEX_HOME to a directory that can be written.",
  ENOSPC: "free some space, then try again.",
  EDQUOT: "free some space, then try again.",
  ENOLINK: "make the file that the link names, or remove the link.",
  EBUSY: isWindows
    ? "close the other program, then try again."
    : "mount the directory instead of the file, or set HEX_HOME to another one.",
};

const actions = {
  storage_unavailable: "The credentials can't be read",
  storage_write_failed: "The credentials can't be written",
} as const satisfies Partial<Record<FailureCode, string>>;

/** Turns what the file system threw into a failure that names the path and the reason. */
export function fileFailure(code: keyof typeof actions, path: string, error: unknown): FailureError {
  const errno = errnoOf(error) ?? "";
  const reason = reasons[errno] ?? (errno === "" ? "an unexpected error" : errno);
  return fail(code, `${actions[code]} (${path}): ${reason}.`, {
    hint: hints[errno] ?? "check the path; HEX_HOME sets another directory.",
    details: { path, ...(errno === "" ? {} : { errno }) },
    cause: error,
  });
}

/** The failure where something would be kept or read, and nobody says which the home directory is. */
export function noHome(): FailureError {
  return fail("storage_unavailable", "There is no home directory to keep credentials and settings in.", {
    hint: "set HOME to your home directory, or HEX_HOME and XDG_CONFIG_HOME to directories of your own. A key in HEX_API_KEY needs no home.",
    details: { reason: "no_home" },
  });
}

/** What a failure says of a backend. Throws what is no failure. */
export function unusable(error: unknown): Availability {
  if (!(error instanceof FailureError)) throw error;
  const { message, hint = [] } = error.failure;
  return { available: false, why: message, hint };
}

/** The name of a system error: "ENOENT". */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
