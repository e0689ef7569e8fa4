import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  createReadStream,
  createWriteStream,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
} from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { zipSync } from "fflate";

/** A file of an archive: its path there, with `/`, and the file with its content. */
export interface ArchiveFile {
  readonly path: string;
  readonly content: string | { readonly file: string };
  readonly isProgram?: boolean;
}

export type ArchiveFormat = "tar.gz" | "tar.xz" | "zip" | "7z";

export interface ArchiveOptions {
  /** The time of all files, in seconds since 1970. */
  readonly time: number;
  /** The compression level, from 1 to 9. */
  readonly effort: number;
}

/** Writes an archive. The same files give the same bytes on every machine and at any time. */
export async function writeArchive(
  output: string,
  format: ArchiveFormat,
  files: readonly ArchiveFile[],
  options: ArchiveOptions,
): Promise<void> {
  await mkdir(dirname(output), { recursive: true });
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  if (format === "zip") return writeZip(output, sorted, options);
  const folder = mkdtempSync(`${output}.`);
  try {
    const contents = join(folder, "contents");
    await layOut(contents, sorted, options);
    const made = join(folder, `archive.${format}`);
    if (format === "7z") write7z(made, contents, options);
    else await writeTar(made, format, contents, sorted, options);
    renameSync(made, output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts the files into a folder with the modes and times that they have in the archive. */
async function layOut(
  folder: string,
  files: readonly ArchiveFile[],
  { time }: ArchiveOptions,
): Promise<void> {
  for (const { path, content, isProgram } of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, typeof content === "string" ? content : await readFile(content.file));
    chmodSync(target, isProgram === true ? 0o755 : 0o644);
    utimesSync(target, time, time);
  }
  // 7z keeps directories, too.
  for (const { parentPath, name } of readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isDirectory(),
  )) {
    utimesSync(join(parentPath, name), time, time);
  }
}

async function writeTar(
  output: string,
  format: "tar.gz" | "tar.xz",
  contents: string,
  files: readonly ArchiveFile[],
  { time, effort }: ArchiveOptions,
): Promise<void> {
  const tar = `${output}.tar`;
  const owner = ["--owner=0", "--group=0", "--numeric-owner", `--mtime=@${time}`];
  const names = files.map(({ path }) => path);
  execFileSync("tar", ["--format=ustar", ...owner, "-cf", tar, "-C", contents, "--", ...names]);
  if (format === "tar.gz") {
    await pipeline(createReadStream(tar), createGzip({ level: effort }), createWriteStream(output));
  } else {
    // With several threads, the bytes would depend on their number.
    execFileSync("xz", [`-${effort}`, "--threads=1", tar]);
    renameSync(`${tar}.xz`, output);
  }
}

function write7z(output: string, contents: string, { effort }: ArchiveOptions): void {
  const options = [`-mx=${effort}`, "-mmt=1", "-mtc=off", "-mta=off", "-bd", "-bso0"];
  execFileSync(sevenZip() ?? "7z", ["a", "-t7z", ...options, output, "."], { cwd: contents });
}

/** Finds the command of 7-Zip, which Debian 12 calls `7zz` and other systems `7z`. */
export function sevenZip(): string | undefined {
  return ["7z", "7zz"].find((command) => spawnSync(command, { stdio: "ignore" }).status === 0);
}

async function writeZip(
  output: string,
  files: readonly ArchiveFile[],
  { time, effort }: ArchiveOptions,
): Promise<void> {
  const utc = new Date(time * 1000);
  // The format contains local times. This time is the same in every time zone.
  const mtime = new Date(
    utc.getUTCFullYear(),
    utc.getUTCMonth(),
    utc.getUTCDate(),
    utc.getUTCHours(),
    utc.getUTCMinutes(),
  );
  const entries = await Promise.all(
    files.map(async ({ path, content }) => {
      const bytes = typeof content === "string" ? Buffer.from(content) : await readFile(content.file);
      return [path, bytes] as const;
    }),
  );
  await writeFile(output, zipSync(Object.fromEntries(entries), { level: effort as 9, mtime }));
}
