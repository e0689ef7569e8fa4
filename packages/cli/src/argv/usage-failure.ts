import { type Failure, type Hint, nearest } from "@hexuser/core";
import { commandNames } from "./command-names.generated.ts";

/** What oclif's parser throws, as far as it's read here. */
interface ParseError {
  readonly name: string;
  readonly message: string;
  readonly flags?: readonly string[];
  readonly args?: readonly unknown[];
}

/** The failure of arguments that can't be parsed. What was typed as a value isn't repeated: it may be a secret. */
export function usageFailure(error: unknown, command: string, flagNames: readonly string[]): Failure {
  const thrown = error as ParseError;
  const help = `see \`hexuser ${command} --help\`.`;
  if (Array.isArray(thrown.flags)) {
    const [flag = ""] = (thrown.flags as readonly string[]).map((typed) => typed.split("=", 1)[0] ?? "");
    const near = nearest(
      flag,
      flagNames.map((name) => `--${name}`),
    );
    const suggestion = near === undefined ? help : `did you mean ${near}? Otherwise ${help}`;
    return invalid(`There is no flag ${flag} for \`hexuser ${command}\`.`, suggestion);
  }
  if (Array.isArray(thrown.args)) {
    const count = thrown.args.length;
    return invalid(
      `\`hexuser ${command}\` got ${count === 1 ? "an argument" : `${count} arguments`} too many.`,
      `${help} A secret is never an argument: it's typed when it's asked for, or read from standard input.`,
    );
  }
  const [first = "The arguments are wrong."] = thrown.message.split("\n");
  return invalid(first.endsWith(".") ? first : `${first}.`, help);
}

/** The failure of an unknown command. */
export function unknownCommand(typed: string): Failure {
  const near = nearest(typed, commandNames);
  const list = "see `hexuser --help` for the commands.";
  return invalid(
    `There is no command \`hexuser ${typed}\`.`,
    near === undefined ? list : `did you mean \`hexuser ${near}\`? Otherwise ${list}`,
  );
}

/** The failure of a group (`hexuser key`) without one of its commands, where something else was typed. */
export function incompleteCommand(group: string): Failure {
  const members = commandNames.filter((name) => name.startsWith(group === "" ? "" : `${group} `));
  const list = members.map((name) => `\`hexuser ${name}\``).join(", ");
  return invalid("No command was given.", `give one of ${list}.`);
}

function invalid(message: string, ...hint: Hint): Failure {
  return { code: "invalid_input", message, hint };
}
