import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Requirement } from "../requirements.ts";

/** The directory of the systems. You can remove it at any time. */
const folder = fileURLToPath(new URL("../../dist/work/systems", import.meta.url));

/** The rights and programs to unpack another Debian and to enter it. */
export const systemRights: Requirement = {
  met: spawnSync("which", ["mmdebstrap"]).status === 0 && process.getuid?.() === 0,
  reason: "it unpacks another Debian and goes into it, which takes root's rights and the command mmdebstrap",
};

/**
 * Unpacks debootstrap's `minbase` and some other packages, from the source of this machine's apt. It sets up nothing
 * there. Returns the directory, which is made once.
 */
export async function unpackDebian(
  name: string,
  release: "stable" | "oldstable",
  packages: readonly string[] = [],
): Promise<string> {
  const root = join(folder, name);
  if (existsSync(root)) return root;
  const partial = `${root}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  const included = ["?essential", "?priority(required)", "apt", ...packages].map((it) => `--include=${it}`);
  const options = ["--variant=extract", "--mode=root", "--format=directory"];
  try {
    await promisify(execFile)("mmdebstrap", [...options, ...included, release, partial, await mirror()], {
      // debootstrap doesn't work below a directory that other users can't enter.
      env: { ...process.env, TMPDIR: "/tmp" },
      maxBuffer: 16 * 1024 * 1024,
    });
    renameSync(partial, root);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return root;
}

/** The source of this machine's own packages. */
async function mirror(): Promise<string> {
  const { stdout } = await promisify(execFile)("apt-get", [
    ...["indextargets", "--format", "$(SITE)", "Created-By: Packages", "Label: Debian"],
  ]);
  const site = stdout.split("\n").find((line) => line !== "");
  if (site === undefined) throw new Error("apt knows of no mirror of Debian. To fix: run apt-get update.");
  return site;
}
