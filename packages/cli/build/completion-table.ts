import { commandArguments, commandFlags } from "../src/argv/command-flags.ts";
import type { CommandDescription } from "../src/argv/front-end.ts";
import { type FlagDescription, globalFlags } from "../src/argv/global-flags.ts";
import type { CompletedCommand, CompletedFlag, CompletionTable } from "../src/completion/find-candidates.ts";

/** Makes the table of everything that shells can complete, from the operations. */
export function completionTable(
  operations: readonly CommandDescription[],
  topics: Readonly<Record<string, { readonly description: string }>>,
): CompletionTable {
  const commands = operations.flatMap((operation): [string, CompletedCommand][] => {
    const completed = {
      summary: operation.summary,
      flags: commandFlags(operation).map(completedFlag),
      args: commandArguments(operation).map(({ name, choices, completes }) => ({ name, choices, completes })),
    };
    return [commandName(operation), ...(operation.aliases ?? [])].map((name) => [name, completed]);
  });
  return {
    commands: Object.fromEntries(commands),
    topics: Object.fromEntries(
      Object.entries(topics).map(([name, topic]) => [name.replaceAll(":", " "), topic.description]),
    ),
    globalFlags: globalFlags.map(completedFlag),
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

/** `key.generate` → `key generate` */
export function commandName(operation: Pick<CommandDescription, "id">): string {
  return operation.id.replaceAll(".", " ");
}
