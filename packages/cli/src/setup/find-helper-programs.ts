import { readdirSync } from "node:fs";
import { delimiter } from "node:path";

const helperName = /^docker-credential-([A-Za-z0-9][A-Za-z0-9._-]*?)(\.exe)?$/;

/** The credential helpers on the PATH, as `helper:NAME`. Directories that can't be read hold none. */
export function findHelperPrograms(path: string | undefined): readonly string[] {
  const directories = [...new Set((path ?? "").split(delimiter))].filter((directory) => directory !== "");
  const names = directories.flatMap(listFiles).flatMap((file) => helperName.exec(file)?.[1] ?? []);
  return [...new Set(names)].sort().map((name) => `helper:${name}`);
}

function listFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
