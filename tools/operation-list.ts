import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { workspaceRoot } from "./workspace.ts";

/** The exports of a built file of operations; `name` has no folder and no extension. */
export async function importOperationFile(name: string): Promise<Record<string, unknown>> {
  const own = join(workspaceRoot, "packages/cli/dist/operations", `${name}.js`);
  const path = existsSync(own) ? own : join(workspaceRoot, "packages/core/dist/operations", `${name}.js`);
  return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
}

/** The files of operations without folder and extension, except for the list itself. */
export function operationFiles(): string[] {
  return globSync("packages/core/src/operations/*.ts", { cwd: workspaceRoot })
    .map((file) => file.replace(/^.*[/\\]/, "").replace(/\.ts$/, ""))
    .filter((name) => name !== "index");
}

/**
 * `reset_password.account` → `reset-password-account`, the file. `organization.key.list` is in the file of `key.list`, and
 * `organization.audit_log` in that of `audit_log`, because one function makes both.
 */
export function fileOfOperation(id: string): string {
  return id.replace(/^organization\.(?=key\.|audit_log$)/, "").replaceAll(/[._]/g, "-");
}

/** `reset_password.account` → `resetPasswordAccount`, the export. */
export function exportOfOperation(id: string): string {
  return id.replaceAll(/[._](\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** `reset_password.account` → `hexuser reset_password account`, what the user types. */
export function commandOfOperation(id: string): string {
  return `hexuser ${id.replaceAll(".", " ")}`;
}
