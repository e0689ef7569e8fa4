import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { workspaceRoot } from "../workspace.ts";
import type { PackageName } from "./platforms.ts";

/** The directory for everything that only the build of binaries needs; you can remove it at any time. */
export const workFolder = join(workspaceRoot, "dist/work");

const pins: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL("pinned-packages.json", import.meta.url), "utf8"),
);

/**
 * Downloads a package from the registry, unpacks it and returns its folder. Its hash is pinned in
 * package-lock.json, or in pinned-packages.json if npm doesn't install the package on this system.
 */
export function fetchPackage(wanted: PackageName): string {
  const folder = join(workFolder, "packages", `${wanted.name.replace("/", "-")}-${wanted.version}`);
  if (existsSync(folder)) return join(folder, "package");
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    npm(["pack", `${wanted.name}@${wanted.version}`, "--silent", "--pack-destination", partial]);
    const archive = readdirSync(partial).find((file) => file.endsWith(".tgz")) ?? "";
    checkIntegrity(join(partial, archive), wanted);
    execFileSync("tar", ["-xzf", archive], { cwd: partial });
    rmSync(join(partial, archive));
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return join(folder, "package");
}

/** Runs the npm in the PATH. */
export function npm(args: readonly string[], cwd = workspaceRoot): void {
  execFileSync("npm", [...args], {
    cwd,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
}

function checkIntegrity(archive: string, wanted: PackageName): void {
  const expected = integrityOf(wanted);
  const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (found !== expected) {
    throw new Error(
      `${wanted.name}@${wanted.version} has another hash than the pinned one: ${found} instead of ${expected}.`,
    );
  }
}

function integrityOf({ name, version }: PackageName): string {
  const pinned = pins[`${name}@${version}`] ?? lockedIntegrity({ name, version });
  if (pinned === undefined) throw new Error(`${name}@${version} has no pinned hash.`);
  return pinned;
}

function lockedIntegrity({ name, version }: PackageName): string | undefined {
  const lockfile = JSON.parse(readFileSync(join(workspaceRoot, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version?: string; integrity?: string }>;
  };
  const entry = lockfile.packages[`node_modules/${name}`];
  return entry?.version === version ? entry.integrity : undefined;
}
