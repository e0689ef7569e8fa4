import { type CommandEntry, commands } from "./commands.generated.ts";
import { type FlagDescription, globalFlags } from "./flags/global-flags.ts";

/** What the arguments ask for. `rest`: without the words that name the command. */
export type Resolved =
  | { readonly kind: "command"; readonly command: CommandEntry; readonly rest: readonly string[] }
  /** `hexuser`, `hexuser key`: a group of commands, its words joined by spaces. */
  | { readonly kind: "group"; readonly name: string; readonly rest: readonly string[] }
  | { readonly kind: "unknown"; readonly typed: string; readonly rest: readonly string[] };

const withValue: ReadonlySet<string> = new Set(
  (globalFlags as readonly FlagDescription[])
    .filter(({ value }) => value !== undefined)
    .map(({ name }) => `--${name}`),
);

/**
 * Finds the command among the arguments. Global flags may stand before it, between its words and after it;
 * `reset-password` is taken for `reset_password`.
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
      if (withValue.has(argument) && value !== undefined) {
        rest.push(value);
        index += 1;
      }
      continue;
    }
    const longer = `${name} ${argument.toLowerCase().replaceAll("-", "_")}`.trim();
    const command = commands.find((entry) => entry.name === longer);
    if (command !== undefined) return { kind: "command", command, rest: [...rest, ...argv.slice(index + 1)] };
    if (!commands.some((entry) => entry.name.startsWith(`${longer} `))) {
      return { kind: "unknown", typed: `${name} ${argument}`.trim(), rest };
    }
    name = longer;
  }
  return { kind: "group", name, rest };
}

/** Whether a flag was given, before a `--`. */
export function hasFlag(argv: readonly string[], ...names: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end < 0 ? undefined : end).some((argument) => names.includes(argument));
}
