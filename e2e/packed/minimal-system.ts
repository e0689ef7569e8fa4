import { execFile, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Requirement } from "../requirements.ts";
import { packedPath } from "./packed-program.ts";

/** Debian's releases that the binary has to run on. */
export const releases = ["stable", "oldstable"] as const;

/** Where the systems are kept; they can be removed at any time. */
const folder = fileURLToPath(new URL("../../dist/work/systems", import.meta.url));

/** The right and the means to unpack another Debian, and to go into it. */
export const systemRights: Requirement = {
  met: spawnSync("which", ["mmdebstrap"]).status === 0 && process.getuid?.() === 0,
  reason: "it unpacks another Debian and goes into it, which takes root's rights and the command mmdebstrap",
};

/** A system with nothing but what every Debian has. */
export interface MinimalSystem {
  /** What starts the binary in there: a command and its first arguments. */
  readonly through: readonly string[];
  /** The binary, as it is called in there. */
  readonly program: string;
}

/**
 * Unpacks what debootstrap calls `minbase`, from where this machine's own apt gets its packages, and puts the binary
 * into it. Nothing is set up in there: the binary mustn't need that either.
 */
export async function provideSystem(release: (typeof releases)[number]): Promise<MinimalSystem> {
  const root = join(folder, release);
  if (!existsSync(root)) await unpack(release, root);
  copyFileSync(packedPath, join(root, "usr/bin/hexuser"));
  chmodSync(join(root, "usr/bin/hexuser"), 0o755);
  return {
    // With the processes of its own, and the machine's network.
    through: ["unshare", "--mount", "--pid", "--fork", `--mount-proc=${join(root, "proc")}`, "chroot", root],
    program: "/usr/bin/hexuser",
  };
}

async function unpack(release: string, root: string): Promise<void> {
  const partial = `${root}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  const packages = ["?essential", "?priority(required)", "apt"].map((pattern) => `--include=${pattern}`);
  const run = promisify(execFile);
  try {
    await run(
      "mmdebstrap",
      [
        "--variant=extract",
        "--mode=root",
        "--format=directory",
        ...packages,
        release,
        partial,
        await mirror(),
      ],
      // It refuses to work below a directory that others can't look into.
      { env: { ...process.env, TMPDIR: "/tmp" }, maxBuffer: 16 * 1024 * 1024 },
    );
    renameSync(partial, root);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Where apt gets this machine's own packages. */
async function mirror(): Promise<string> {
  const { stdout } = await promisify(execFile)("apt-get", [
    ...["indextargets", "--format", "$(SITE)", "Created-By: Packages", "Label: Debian"],
  ]);
  const site = stdout.split("\n").find((line) => line !== "");
  if (site === undefined) throw new Error("apt knows of no mirror of Debian. To fix: run apt-get update.");
  return site;
}
