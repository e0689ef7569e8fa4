import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { shells } from "@hexuser/core";
import { completionScript } from "hexuser/completion-script";
import type { Platform } from "../package/platforms.ts";
import { workspaceRoot } from "../workspace.ts";
import { type ArchiveFile, type ArchiveFormat, type ArchiveOptions, writeArchive } from "./archive.ts";
import { homebrewFormula } from "./homebrew-formula.ts";
import { installScripts } from "./install-scripts.ts";
import { scoopManifest } from "./scoop-manifest.ts";

/** The input of a release. */
export interface ReleaseSource extends ArchiveOptions {
  readonly version: string;
  /** The download address of the release's files, without a slash at the end. */
  readonly baseUrl: string;
  /** The address of the program's home page. */
  readonly homepage: string;
  readonly binaries: readonly ReleasedBinary[];
}

export interface ReleasedBinary {
  readonly platform: Pick<Platform, "id" | "system" | "arch">;
  readonly file: string;
  /** The text of THIRD_PARTY_LICENSES. */
  readonly licenses: string;
}

/** A file that can be downloaded. */
export interface Download {
  readonly name: string;
  readonly platform: Pick<Platform, "id" | "system" | "arch">;
  readonly format: ArchiveFormat;
  readonly sha256: string;
}

/** The names of the files with completions for each shell. */
const completionFiles = {
  bash: "hexuser.bash",
  zsh: "_hexuser",
  fish: "hexuser.fish",
  powershell: "hexuser.ps1",
};

/**
 * Makes the archives of a release and the ways to install them: the scripts, the Homebrew formula and the Scoop
 * manifest. Returns the names of the files in `output`.
 */
export async function makeRelease(source: ReleaseSource, output: string): Promise<readonly string[]> {
  await mkdir(output, { recursive: true });
  const downloads: Download[] = [];
  for (const binary of source.binaries) downloads.push(...(await archiveBinary(binary, source, output)));
  const files: Readonly<Record<string, string>> = {
    ...installScripts(source, downloads),
    "hexuser.rb": homebrewFormula(source, downloads),
    "hexuser.json": scoopManifest(source, downloads),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(output, name), content);
  return [...downloads.map(({ name }) => name), ...Object.keys(files)];
}

/** Writes `SHA256SUMS` of files in a folder, as `sha256sum --check` reads it. */
export async function writeSums(folder: string, names: readonly string[]): Promise<void> {
  const lines = [...names].sort().map((name) => `${sha256(join(folder, name))}  ${name}\n`);
  await writeFile(join(folder, "SHA256SUMS"), lines.join(""));
}

async function archiveBinary(
  { platform, file, licenses }: ReleasedBinary,
  source: ReleaseSource,
  output: string,
): Promise<Download[]> {
  const isWindows = platform.system === "win";
  const folder = `hexuser-${source.version}-${platform.id}`;
  const contents: readonly ArchiveFile[] = [
    { path: isWindows ? "hexuser.exe" : "hexuser", content: { file }, isProgram: true },
    ...accompanyingFiles(licenses),
  ];
  const files = contents.map((one) => ({ ...one, path: `${folder}/${one.path}` }));
  const formats = isWindows ? (["7z", "zip"] as const) : (["tar.gz", "tar.xz"] as const);
  const made: Download[] = [];
  for (const format of formats) {
    const name = `${folder}.${format}`;
    await writeArchive(join(output, name), format, files, source);
    made.push({ name, platform, format, sha256: sha256(join(output, name)) });
  }
  return made;
}

/** The files beside the program: manual, completions, licenses. */
export function accompanyingFiles(licenses: string): readonly ArchiveFile[] {
  return [
    ...["README.md", "LICENSE"].map((name) => ({ path: name, content: { file: join(workspaceRoot, name) } })),
    { path: "hexuser.1", content: { file: join(workspaceRoot, "docs/hexuser.1") } },
    { path: "THIRD_PARTY_LICENSES", content: licenses },
    ...shells.map((shell) => ({
      path: `completions/${completionFiles[shell]}`,
      content: completionScript(shell),
    })),
  ];
}

function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
