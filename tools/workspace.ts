import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the workspace, without a slash at its end. */
export const workspaceRoot = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

/** A package of the workspace, as its package.json describes it. */
export interface Package {
  /** `core` for packages/core. */
  readonly folder: string;
  readonly name: string;
  readonly dependencies: readonly string[];
}

/** The packages under packages/. */
export function packages(): Package[] {
  return globSync("packages/*/package.json", { cwd: workspaceRoot }).map((file) => {
    const { name, dependencies } = JSON.parse(readFileSync(join(workspaceRoot, file), "utf8"));
    return { folder: file.split(/[/\\]/)[1] ?? "", name, dependencies: Object.keys(dependencies ?? {}) };
  });
}

/** The TypeScript sources of a package, relative to the workspace, with slashes. */
export function sourceFiles(packageFolder: string): string[] {
  return globSync(`packages/${packageFolder}/src/**/*.ts`, { cwd: workspaceRoot })
    .map((file) => file.replaceAll("\\", "/"))
    .sort();
}

/** The folder of the binaries. */
export const binaryFolder = join(workspaceRoot, "dist/bin");

/** A file with the reason, in one line, if `npm test` found that this machine can't pack the program. */
export const whyNotPacked = join(binaryFolder, "why-not-packed.txt");
