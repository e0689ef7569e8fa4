import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "vitest";
import { sevenZip } from "../tools/release/archive.ts";

/** Something that a test needs and that a machine may lack. */
export interface Requirement {
  readonly met: boolean;
  /** Completes “left out, because …”. */
  readonly reason: string;
}

/** The right to mount file systems. */
export const mountRights: Requirement = {
  met: canMount(),
  reason: "it mounts a small disk, which takes root's rights",
};

/** The tracer that makes single system calls fail. */
export const tracer: Requirement = {
  met: succeeds(["strace", "-qq", "-o", "/dev/null", "true"]),
  reason: "it lets system calls fail with strace",
};

/** Linux's files about the environment and the arguments of processes. */
export const processFiles: Requirement = {
  met: existsSync("/proc/self/environ"),
  reason: "it looks at processes through /proc, which Linux has",
};

/** The language whose file format mix hex uses. */
export const erlang: Requirement = {
  met: succeeds(["which", "escript"]),
  reason: "it reads and writes the file in Erlang (escript)",
};

/** The language of a front end that isn't part of this project. */
export const python: Requirement = {
  met: succeeds(["python3", "--version"]),
  reason: "it is a program in Python (python3)",
};

/** The programs that make the archives of a release. */
export const archivers: Requirement = {
  met: succeeds(["sh", "-c", "tar --version | grep -q GNU && command -v xz"]) && sevenZip() !== undefined,
  reason: "it makes archives with GNU tar, xz and 7-Zip (7z or 7zz)",
};

/** The checker of shell scripts. */
export const shellcheck: Requirement = {
  met: succeeds(["shellcheck", "--version"]),
  reason: "it checks scripts with shellcheck",
};

/** Starts a program as an ordinary user who can read this checkout in any place but can't write anything. */
export const asOrdinaryUser: readonly string[] = [
  ...["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
  ...["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"],
];

/** The right to become another user. */
export const otherUserRights: Requirement = {
  met: succeeds([...asOrdinaryUser, "true"]),
  reason: "it becomes another user, which takes root's rights and the command setpriv",
};

/**
 * `it` for a test that needs something that a machine may lack. Without it, the test is skipped, and its title tells
 * why.
 * @example itWith(mountRights)("says so when the disk is full", async () => { … });
 */
export function itWith(...requirements: readonly Requirement[]) {
  const missing = requirements.find(({ met }) => !met);
  return (title: string, test: () => void | Promise<void>, limit?: number): void => {
    if (missing === undefined) it(title, test, limit);
    else it.runIf(false)(`${title} (left out, because ${missing.reason})`, test);
  };
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "hexuser-mount-"));
  try {
    return succeeds(["mount", "-t", "tmpfs", "tmpfs", folder]) && succeeds(["umount", folder]);
  } finally {
    rmdirSync(folder);
  }
}

function succeeds([program = "", ...args]: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}
