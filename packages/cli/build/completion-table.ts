import type { CompletedCommand, CompletedFlag, CompletionTable } from "../src/completion/completion-table.ts";
import { commandArguments, commandFlags } from "../src/flags/command-flags.ts";
import { type FlagDescription, globalFlags } from "../src/flags/global-flags.ts";
import type { CommandDescription } from "../src/front-end.ts";
import { backendIds } from "../src/setup/backends.ts";
import { commandName, groups } from "./help-text.ts";

/** What shells can complete, made from the operations. */
export function completionTable(operations: readonly CommandDescription[]): CompletionTable {
  const commands = operations.map((operation): [string, CompletedCommand] => [
    commandName(operation),
    {
      summary: operation.summary,
      flags: commandFlags(operation).map(completedFlag),
      args: commandArguments(operation).map(({ choices, completes }) => ({ choices, completes })),
    },
  ]);
  return {
    commands: Object.fromEntries(commands),
    groups,
    globalFlags: globalFlags.map(completedFlag),
    backends: backendIds,
  };
}

function completedFlag({
  name,
  description,
  value,
  repeatable = false,
  choices,
  completes,
}: FlagDescription): CompletedFlag {
  return { name, description, takesValue: value !== undefined, repeatable, choices, completes };
}
