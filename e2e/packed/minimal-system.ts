import { chmodSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { unpackDebian } from "./debian-system.ts";
import { packedPath } from "./packed-program.ts";

/** Debian's releases on which the binary has to run. */
export const releases = ["stable", "oldstable"] as const;

/** A system with only the parts that every Debian has. */
export interface MinimalSystem {
  /** The command that starts the binary in it, with its first arguments. */
  readonly through: readonly string[];
  /** The binary's path in it. */
  readonly program: string;
}

/** Puts the binary into a system in which nothing is set up, because the binary must not need that. */
export async function provideSystem(release: (typeof releases)[number]): Promise<MinimalSystem> {
  const root = await unpackDebian(release, release);
  copyFileSync(packedPath, join(root, "usr/bin/hexuser"));
  chmodSync(join(root, "usr/bin/hexuser"), 0o755);
  return {
    // With its own processes, and with the machine's network.
    through: ["unshare", "--mount", "--pid", "--fork", `--mount-proc=${join(root, "proc")}`, "chroot", root],
    program: "/usr/bin/hexuser",
  };
}
