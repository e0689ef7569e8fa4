import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { workspaceRoot } from "../workspace.ts";
import { fetchPackage, workFolder } from "./fetch-package.ts";
import { hostPlatform, type PackageName, type Platform } from "./platforms.ts";
import { setVersionResource } from "./version-resource.ts";

/**
 * The arguments of the Node inside. Young objects get 8 MB instead of 1 before they are collected; most commands have
 * ended by then. Compiled code fits only a start with the same arguments. SIGUSR1 would open Node's
 * debugger, through which every user of the machine can read the memory of the process.
 */
export const runtimeArguments = ["--min-semi-space-size=8", "--disable-sigusr1"] as const;

/** The home directory of pkg, with its cache. */
export const pkgHome = join(workFolder, "pkg-home");

/**
 * Puts a Node into pkg's cache, so that pkg downloads nothing, and returns its path.
 *
 * For Linux it removes the symbols, 5 MB that nobody uses. For Windows it names the program hexuser. Both
 * must happen before pkg adds the program; afterwards they would break the file.
 */
export function provideRuntime(
  target: Pick<Platform, "system" | "arch">,
  { name, version }: PackageName,
): string {
  const isWindows = target.system === "win";
  const system = target.system === "macos" ? "darwin" : target.system;
  const release = `node-v${version}-${system}-${target.arch}`;
  const cache = join(pkgHome, ".pkg-cache/sea");
  const path = join(cache, isWindows ? `${release}.exe` : `${release}/bin/node`);
  const mark = `${path}.ok`;
  // The version resource must be that of these sources.
  if (!isWindows && existsSync(mark)) return path;
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}`;
  copyFileSync(join(fetchPackage({ name, version }), isWindows ? "bin/node.exe" : "bin/node"), partial);
  chmodSync(partial, 0o755);
  if (target.system === "linux") strip(partial, target.arch);
  if (isWindows) nameProgram(partial);
  renameSync(partial, path);
  // The files that pkg would download, and its marks for complete files.
  const archive = join(cache, `${release}.${isWindows ? "zip" : "tar.gz"}`);
  for (const file of [archive, `${archive}.ok`, mark]) writeFileSync(file, "");
  return path;
}

function nameProgram(file: string): void {
  const { version, description } = JSON.parse(readFileSync(join(workspaceRoot, "package.json"), "utf8"));
  setVersionResource(file, version, {
    ProductName: "hexuser",
    FileDescription: description,
    OriginalFilename: "hexuser.exe",
    FileVersion: version,
    ProductVersion: version,
  });
}

function strip(file: string, arch: string): void {
  const host = hostPlatform();
  const isOwn = host?.system === "linux" && host.arch === arch;
  const program = isOwn ? "strip" : `${arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu-strip`;
  try {
    execFileSync(program, [file], { stdio: ["ignore", "ignore", "inherit"] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    console.error(
      `This machine has no ${program}, so Node keeps its symbols. To fix: install binutils for ${arch}.`,
    );
  }
}
