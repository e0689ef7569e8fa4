import { execFileSync } from "node:child_process";
import { chmodSync, createReadStream, createWriteStream, mkdtempSync, rmSync, utimesSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { zipSync } from "fflate";

/** A file of an archive: its path there, with `/`, and where its content is. */
export interface ArchiveFile {
  readonly path: string;
  readonly content: string | { readonly file: string };
  readonly isProgram?: boolean;
}

export type ArchiveFormat = "tar.gz" | "tar.xz" | "zip";

export interface ArchiveOptions {
  /** Seconds since 1970: the time that all files get. */
  readonly time: number;
  /** 1 to 9: how hard it is tried to make the archive small. */
  readonly effort: number;
}

/** Writes an archive: the same files make the same bytes, whoever packs them, where and when. */
export async function writeArchive(
  output: string,
  format: ArchiveFormat,
  files: readonly ArchiveFile[],
  options: ArchiveOptions,
): Promise<void> {
  await mkdir(dirname(output), { recursive: true });
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  if (format === "zip") await writeZip(output, sorted, options);
  else await writeTar(output, format, sorted, options);
}

/** A folder before the output, since tar takes owners, order and times from options, and modes from files. */
async function writeTar(
  output: string,
  format: "tar.gz" | "tar.xz",
  files: readonly ArchiveFile[],
  { time, effort }: ArchiveOptions,
): Promise<void> {
  const folder = mkdtempSync(`${output}.`);
  try {
    for (const { path, content, isProgram } of files) {
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, typeof content === "string" ? content : await readFile(content.file));
      chmodSync(target, isProgram === true ? 0o755 : 0o644);
      utimesSync(target, time, time);
    }
    const tar = `${folder}.tar`;
    const owner = ["--owner=0", "--group=0", "--numeric-owner", `--mtime=@${time}`];
    const names = files.map(({ path }) => path);
    execFileSync("tar", ["--format=ustar", ...owner, "-cf", tar, "-C", folder, "--", ...names]);
    try {
      if (format === "tar.xz") {
        // With several threads the bytes would depend on how many there are.
        execFileSync("xz", [`-${effort}`, "--threads=1", "--keep", "--force", tar]);
        execFileSync("mv", [`${tar}.xz`, output]);
      } else {
        await pipeline(createReadStream(tar), createGzip({ level: effort }), createWriteStream(output));
      }
    } finally {
      rmSync(tar, { force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeZip(
  output: string,
  files: readonly ArchiveFile[],
  { time, effort }: ArchiveOptions,
): Promise<void> {
  const utc = new Date(time * 1000);
  // The format has local times: this one reads the same in every time zone.
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
