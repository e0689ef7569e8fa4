import { aliases, commandNames, flagsWithValue } from "./command-names.generated.ts";

/** The command that the arguments name. */
export interface Resolved {
  readonly kind: "command" | "topic" | "unknown";
  /** The words of the command: `key list`, `key` for a topic, or the unknown words that the person typed. */
  readonly name: string;
  /** The arguments without those words. */
  readonly rest: readonly string[];
}

/**
 * Finds the command among the arguments. Global flags may come before it, between its words and after it. It accepts
 * `reset-password` for `reset_password`, and `key:list`, which is oclif's form, for `key list`.
 */
export function resolveCommand(argv: readonly string[]): Resolved {
  const rest: string[] = [];
  let name = "";
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? "";
    if (argument === "--") {
      rest.push(...argv.slice(index));
      break;
    }
    if (argument.startsWith("-")) {
      rest.push(argument);
      const value = argv[index + 1];
      if (flagsWithValue.includes(argument) && value !== undefined) {
        rest.push(value);
        index += 1;
      }
      continue;
    }
    const word = argument.toLowerCase().replaceAll("-", "_").replaceAll(":", " ");
    const typed = `${name} ${word}`.trim();
    const longer = aliases[typed] ?? typed;
    if (commandNames.includes(longer))
      return { kind: "command", name: longer, rest: [...rest, ...argv.slice(index + 1)] };
    if (!commandNames.some((command) => command.startsWith(`${longer} `))) {
      return {
        kind: "unknown",
        name: `${name} ${argument}`.trim(),
        rest: [...rest, ...argv.slice(index + 1)],
      };
    }
    name = longer;
  }
  return { kind: "topic", name, rest };
}

/** Tells whether a flag comes before a `--`, with or without a value. */
export function hasFlag(argv: readonly string[], ...names: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv
    .slice(0, end < 0 ? undefined : end)
    .some((argument) => names.includes(argument.split("=", 1)[0] ?? ""));
}
