import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { parseSync, Visitor } from "oxc-parser";
import { sourceFiles, workspaceRoot } from "./workspace.ts";

/** An import in a source file. */
export interface Import {
  /** Relative to the workspace. */
  readonly file: string;
  readonly specifier: string;
  readonly dynamic: boolean;
}

/**
 * Lists the imports of a package's sources, dynamic imports and re-exports included.
 *
 * @param atRuntime leaves out imports that only types need
 */
export function importsOf(packageFolder: string, atRuntime = false): Import[] {
  return sourceFiles(packageFolder).flatMap((file) => importsIn(file, atRuntime));
}

/** Lists the imports of one file, given relative to the workspace. */
export function importsIn(file: string, atRuntime = false): Import[] {
  const text = readFileSync(join(workspaceRoot, file), "utf8");
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const found: Import[] = [];
  const add = (specifier: unknown, isType: boolean, dynamic = false) => {
    if (typeof specifier === "string" && !(atRuntime && isType)) found.push({ file, specifier, dynamic });
  };
  new Visitor({
    ImportDeclaration: ({ source, importKind }) => add(source.value, importKind === "type"),
    ExportNamedDeclaration: ({ source, exportKind }) => add(source?.value, exportKind === "type"),
    ExportAllDeclaration: ({ source, exportKind }) => add(source.value, exportKind === "type"),
    ImportExpression: ({ source }) => add("value" in source ? source.value : undefined, false, true),
    TSImportType: ({ source }) => add(source.value, true),
  }).visit(program);
  return found;
}

/** Lists the groups of files that import each other in a circle, counting types and dynamic imports. */
export function fileCycles(packageFolder: string): string[][] {
  return cycles(localImports(packageFolder));
}

/** Lists the groups of folders below `src` whose files import each other in a circle. */
export function folderCycles(packageFolder: string): string[][] {
  const folderOf = (file: string) => file.slice(0, file.lastIndexOf("/"));
  return cycles(
    localImports(packageFolder)
      .map(([from, to]): Edge => [folderOf(from), folderOf(to)])
      .filter(([from, to]) => from !== to && from.split("/").length > 3 && to.split("/").length > 3),
  );
}

type Edge = readonly [from: string, to: string];

function localImports(packageFolder: string): Edge[] {
  return importsOf(packageFolder)
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ file, specifier }) => [file, join(file, "..", specifier).replaceAll("\\", "/")]);
}

/** Finds the groups whose members all reach each other. */
function cycles(edges: readonly Edge[]): string[][] {
  const next = Map.groupBy(edges, ([from]) => from);
  const reach = (start: string): Set<string> => {
    const seen = new Set<string>();
    const open = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const [, to] of next.get(at) ?? []) {
        if (seen.has(to)) continue;
        seen.add(to);
        open.push(to);
      }
    }
    return seen;
  };
  const reached = new Map([...next.keys()].map((name) => [name, reach(name)]));
  const inCycle = [...reached.keys()].filter((name) => reached.get(name)?.has(name));
  const grouped = new Set<string>();
  return inCycle.flatMap((name) => {
    if (grouped.has(name)) return [];
    const group = inCycle.filter((other) => reached.get(name)?.has(other) && reached.get(other)?.has(name));
    for (const member of group) grouped.add(member);
    return [group.sort()];
  });
}

/** Names of the given globals that a file refers to. A local variable of the same name doesn't count. */
export async function globalsIn(file: string, globals: readonly string[]): Promise<string[]> {
  const { outputFiles } = await build({
    absWorkingDir: workspaceRoot,
    entryPoints: [file],
    write: false,
    bundle: true,
    format: "esm",
    logLevel: "silent",
    define: Object.fromEntries(globals.map((name) => [name, marker(name)])),
    plugins: [
      {
        name: "leave-imports-alone",
        setup(builder) {
          builder.onResolve({ filter: /.*/ }, ({ path, kind }) =>
            kind === "entry-point" ? undefined : { path, external: true },
          );
        },
      },
    ],
  });
  const text = outputFiles.map((output) => output.text).join("\n");
  return globals.filter((name) => text.includes(marker(name)));
}

function marker(name: string): string {
  return `forbidden_global_${name.replaceAll(".", "_")}_`;
}
