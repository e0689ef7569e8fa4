import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hexuserJsonSchema, operationJsonSchema } from "@hexuser/core";
import { commandArguments, commandFlags } from "hexuser/command-flags";
import { frontEnds, ownCommands } from "hexuser/command-list";
import type { CommandDescription } from "hexuser/front-end";
import { globalFlags } from "hexuser/global-flags";
import { operations } from "hexuser/operations";
import { manPage } from "./man-page.ts";
import { commandOfOperation } from "./operation-list.ts";
import { renderReference } from "./reference-page.ts";
import { workspaceRoot } from "./workspace.ts";

/**
 * Generates the reference: the content of each file by its path in the workspace, in the form that `npm run format`
 * leaves unchanged.
 */
export function referenceFiles(): ReadonlyMap<string, string> {
  const files: [path: string, content: string][] = [
    ["docs/reference.md", renderReference()],
    ["docs/reference/commands.json", toText(commandTree())],
    ["docs/reference/schemas/hexuser.json", toText(hexuserJsonSchema(operations))],
    ...operations.map((operation): [string, string] => [
      `docs/reference/schemas/${operation.id}.json`,
      toText(operationJsonSchema(operation)),
    ]),
  ];
  return new Map([
    ...files.map(([path, content]): [string, string] => [path, format(path, content)]),
    ["docs/hexuser.1", manPage()],
  ]);
}

/** Lists the generated files that are missing, outdated or superfluous. */
export function staleReferenceFiles(files: ReadonlyMap<string, string>): string[] {
  const there = globSync("docs/reference/**/*.json", { cwd: workspaceRoot });
  const read = (path: string) => {
    const file = join(workspaceRoot, path);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  };
  return [
    ...there.filter((path) => !files.has(path)),
    ...[...files].filter(([path, content]) => read(path) !== content).map(([path]) => path),
  ];
}

/** Lists the commands with their arguments and flags, so that every change of the command line shows in this file. */
function commandTree() {
  return {
    globalFlags: globalFlags.map(describeFlag),
    commands: Object.fromEntries([...operations, ...ownCommands, ...frontEnds].map(describeCommand)),
  };
}

function describeCommand(command: CommandDescription): [string, object] {
  const args = commandArguments(command).map(({ name, isRequired }) => ({ name, required: isRequired }));
  const { id, aliases } = command;
  return [commandOfOperation(id), { aliases, args, flags: commandFlags(command).map(describeFlag) }];
}

type Flag = ReturnType<typeof commandFlags>[number];

function describeFlag({ name, value, char, env, repeatable, choices }: Flag) {
  return { name, value, char, env, repeatable: repeatable || undefined, choices };
}

function toText(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

function format(path: string, content: string): string {
  return execFileSync(
    join(workspaceRoot, "node_modules/.bin/biome"),
    ["format", `--stdin-file-path=${path}`],
    { cwd: workspaceRoot, input: content, encoding: "utf8" },
  );
}
