import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { workspaceRoot } from "./workspace.ts";

/** What a file of operations exports once it is built; `name` is without folder and ending. */
export async function importOperationFile(name: string): Promise<Record<string, unknown>> {
  const own = join(workspaceRoot, "packages/cli/dist/operations", `${name}.js`);
  const path = existsSync(own) ? own : join(workspaceRoot, "packages/core/dist/operations", `${name}.js`);
  return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
}

/** The files in which operations stand, without folder and ending, the list itself left out. */
export function operationFiles(): string[] {
  return globSync("packages/core/src/operations/*.ts", { cwd: workspaceRoot })
    .map((file) => file.replace(/^.*[/\\]/, "").replace(/\.ts$/, ""))
    .filter((name) => name !== "index");
}

/** `reset_password.account` → `reset-password-account`, the file. */
export function fileOfOperation(id: string): string {
  return id.replaceAll(/[._]/g, "-");
}

/** `reset_password.account` → `resetPasswordAccount`, the export. */
export function exportOfOperation(id: string): string {
  return id.replaceAll(/[._](\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** `reset_password.account` → `hexuser reset_password account`, what the user types. */
export function commandOfOperation(id: string): string {
  return `hexuser ${id.replaceAll(".", " ")}`;
}
