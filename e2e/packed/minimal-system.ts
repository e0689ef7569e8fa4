import { chmodSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { unpackDebian } from "./debian-system.ts";
import { packedPath } from "./packed-program.ts";

/** Debian's releases that the binary has to run on. */
export const releases = ["stable", "oldstable"] as const;

/** A system with nothing but what every Debian has. */
export interface MinimalSystem {
  /** The command that starts the binary in there, with its first arguments. */
  readonly through: readonly string[];
  /** The binary, as it is called in there. */
  readonly program: string;
}

/** Puts the binary into a system in which nothing is set up: the binary mustn't need that either. */
export async function provideSystem(release: (typeof releases)[number]): Promise<MinimalSystem> {
  const root = await unpackDebian(release, release);
  copyFileSync(packedPath, join(root, "usr/bin/hexuser"));
  chmodSync(join(root, "usr/bin/hexuser"), 0o755);
  return {
    // With the processes of its own, and the machine's network.
    through: ["unshare", "--mount", "--pid", "--fork", `--mount-proc=${join(root, "proc")}`, "chroot", root],
    program: "/usr/bin/hexuser",
  };
}
