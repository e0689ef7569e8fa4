import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { platforms } from "../../tools/package/platforms.ts";
import { makeRelease, writeSums } from "../../tools/release/make-release.ts";

/** The files of a release, in their own folder. */
export interface ReleasedFiles {
  readonly folder: string;
  readonly names: readonly string[];
  remove(): void;
}

/**
 * Makes a real release of fake programs: a script for each platform, which prints what the program would print, or what
 * `script` says.
 *
 * @param baseUrl nothing can be downloaded from there by default
 */
export async function releaseScripts(
  version: string,
  { script = `echo "hexuser ${version}"`, baseUrl = "http://127.0.0.1:1" } = {},
): Promise<ReleasedFiles> {
  const folder = mkdtempSync(join(tmpdir(), "hexuser-release-"));
  const file = join(folder, "program");
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  const names = await makeRelease(
    {
      version,
      baseUrl,
      homepage: baseUrl,
      binaries: platforms.map((platform) => ({ platform, file, licenses: "Licences\n" })),
      time: 1_764_000_000,
      effort: 1,
    },
    folder,
  );
  await writeSums(folder, names);
  return { folder, names, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
