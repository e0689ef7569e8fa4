import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileCycles, folderCycles } from "./import-graph.ts";
import { packages, sourceFiles, workspaceRoot } from "./workspace.ts";

/** What the sources of the packages count to, without those that a build generates. */
export interface StructureFigures {
  readonly files: number;
  readonly lines: number;
  /** Comparisons with the id of an operation or a method. */
  readonly idComparisons: number;
  /** String literals that hold the path of an endpoint. */
  readonly endpointPaths: number;
  /** Command-line flags that core, auth and credentials mention. */
  readonly flagsBelowFrontEnds: number;
  readonly fileCycles: number;
  readonly folderCycles: number;
}

const ids = ["core/src/operations", "auth/src"].flatMap((folder) =>
  packages()
    .flatMap((each) => sourceFiles(each.folder))
    .filter((file) => file.startsWith(`packages/${folder}/`))
    .flatMap((file) => [...readSource(file).matchAll(/^ +id: "([\w.]+)"/gm)].map(([, id = ""]) => id)),
);

/** Measures the sources under packages. */
export function measureStructure(): StructureFigures {
  const folders = packages().map(({ folder }) => folder);
  const files = folders.flatMap(sourceFiles).filter((file) => !file.endsWith(".generated.ts"));
  const program = files.filter((file) => !file.startsWith("packages/sandbox/"));
  const below = files.filter((file) => /^packages\/(core|auth|credentials)\//.test(file));
  const id = ids.map((name) => name.replaceAll(".", "\\.")).join("|");
  return {
    files: files.length,
    lines: files.reduce((sum, file) => sum + readSource(file).split("\n").length - 1, 0),
    idComparisons: count(
      program,
      new RegExp(`\\b(id|method|operation) [!=]== "(${id})"|case "(${id})":`, "g"),
    ),
    endpointPaths: count(program, /["`]\/(users|keys|auth|orgs|oauth)\b[^"`]*["`]/g),
    flagsBelowFrontEnds: count(below, /(?<![\w-])--[a-z][a-z-]+/g),
    fileCycles: folders.flatMap((folder) => fileCycles(folder)).length,
    folderCycles: folders.flatMap((folder) => folderCycles(folder)).length,
  };
}

function count(files: readonly string[], pattern: RegExp): number {
  return files.reduce((sum, file) => sum + [...readSource(file).matchAll(pattern)].length, 0);
}

function readSource(file: string): string {
  return readFileSync(join(workspaceRoot, file), "utf8");
}

if (import.meta.main) console.table(measureStructure());
