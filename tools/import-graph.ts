import { readFileSync } from "node:fs";
import { build, type Plugin } from "esbuild";
import { sourceFiles, workspaceRoot } from "./workspace.ts";

/** An import in a source file. */
export interface Import {
  /** Relative to the workspace. */
  readonly file: string;
  readonly specifier: string;
  readonly dynamic: boolean;
}

/**
 * Lists the imports of a package's sources, dynamic ones and re-exports included. Imports of types alone are
 * listed too, unless `atRuntime` asks for those that are left when the types are removed.
 */
export async function importsOf(packageFolder: string, atRuntime = false): Promise<Import[]> {
  const { metafile } = await build({
    absWorkingDir: workspaceRoot,
    entryPoints: sourceFiles(packageFolder),
    outdir: "unused",
    write: false,
    metafile: true,
    bundle: true,
    format: "esm",
    logLevel: "silent",
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [leaveImportsAlone(atRuntime)],
  });
  return Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
    imports.map(({ path, kind }) => ({
      file,
      specifier: path,
      dynamic: kind === "dynamic-import",
    })),
  );
}

/** Names of the given globals that a file refers to; a local variable of the same name doesn't count. */
export async function globalsIn(file: string, globals: readonly string[]): Promise<string[]> {
  const { outputFiles } = await build({
    absWorkingDir: workspaceRoot,
    entryPoints: [file],
    write: false,
    bundle: true,
    format: "esm",
    logLevel: "silent",
    define: Object.fromEntries(globals.map((name) => [name, marker(name)])),
    plugins: [leaveImportsAlone(true)],
  });
  const text = outputFiles.map((output) => output.text).join("\n");
  return globals.filter((name) => text.includes(marker(name)));
}

function marker(name: string): string {
  return `forbidden_global_${name.replaceAll(".", "_")}_`;
}

/** Follows no imports, so that the list has only the imports in the files themselves. */
function leaveImportsAlone(atRuntime: boolean): Plugin {
  return {
    name: "leave-imports-alone",
    setup(builder) {
      builder.onResolve({ filter: /.*/ }, ({ path, kind }) =>
        kind === "entry-point" ? undefined : { path, external: true },
      );
      builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const source = readFileSync(path, "utf8");
        return { loader: "ts", contents: atRuntime ? source : keepTypeImports(source) };
      });
    },
  };
}

function keepTypeImports(source: string): string {
  return source
    .replaceAll(/^import type (?=[{*\w])/gm, "import ")
    .replaceAll(/^export type (?=[{*][^=]*\bfrom\b)/gm, "export ");
}
