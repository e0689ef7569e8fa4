import { readdir } from "node:fs/promises";
import { delimiter } from "node:path";

const helperName = /^docker-credential-([A-Za-z0-9][A-Za-z0-9._-]*?)(\.exe)?$/;

/** The credential helpers on the PATH, as `helper:NAME`. Directories that can't be read hold none. */
export async function findHelperPrograms(path: string | undefined): Promise<readonly string[]> {
  const directories = [...new Set((path ?? "").split(delimiter))].filter((directory) => directory !== "");
  const listed = await Promise.all(directories.map((directory) => readdir(directory).catch(() => [])));
  const names = listed.flat().flatMap((file) => helperName.exec(file)?.[1] ?? []);
  return [...new Set(names)].sort().map((name) => `helper:${name}`);
}
