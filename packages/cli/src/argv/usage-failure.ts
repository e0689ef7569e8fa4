import { type Failure, type Hint, nearest } from "@hexuser/core";
import { aliases, commandNames, mistakenNames } from "./command-names.generated.ts";
import { globalFlags } from "./global-flags.ts";
import { resolveCommand } from "./resolve-command.ts";

/** The parts of an error of oclif's parser that this file reads. */
interface ParseError {
  readonly name: string;
  readonly message: string;
  readonly flags?: readonly string[];
  readonly args?: readonly unknown[];
}

/** The failure for arguments that can't be parsed. It doesn't repeat a typed value, which may be a secret. */
export function usageFailure(
  error: unknown,
  command: string,
  flagNames: readonly string[],
  argumentNames: readonly string[] = [],
): Failure {
  const thrown = error as ParseError;
  const help = `see \`hexuser ${command} --help\`.`;
  if (Array.isArray(thrown.flags)) {
    const [typed = ""] = thrown.flags as readonly string[];
    return unknownFlag(nameTyped(typed), command, flagNames, argumentNames);
  }
  if (Array.isArray(thrown.args)) {
    const count = thrown.args.length;
    const takes = argumentNames.map((name) => name.toUpperCase()).join(" ");
    return invalid(
      `\`hexuser ${command}\` got ${count === 1 ? "an argument" : `${count} arguments`} too many.`,
      takes === "" ? help : `it takes ${takes}; ${help}`,
    );
  }
  const [first = "The arguments are wrong."] = thrown.message.split("\n");
  return invalid(first.endsWith(".") ? first : `${first}.`, help);
}

/** The name of a typed flag. A value may follow it directly: `-phunter2`, `--password:hunter2`. */
function nameTyped(typed: string): string {
  return /^--[a-z0-9-]+|^-[^-]/iu.exec(typed)?.[0] ?? "";
}

function unknownFlag(
  flag: string,
  command: string,
  flagNames: readonly string[],
  argumentNames: readonly string[] = [],
): Failure {
  const program = `hexuser ${command}`.trim();
  const help = `see \`${program} --help\`.`;
  if (flagNames.includes(flag.slice(2)))
    return invalid(`Between ${flag} and its value there must be a space or “=”.`, help);
  const argument = argumentNames.find((name) => flag === `--${name}`);
  const meant = flagsMeant(flag, flagNames);
  const suggestion =
    argument !== undefined && !meant.includes(flag)
      ? `give it without a flag: \`${program} ${argument.toUpperCase()}\`. Otherwise ${help}`
      : meant.length === 0
        ? help
        : `did you mean ${meant.join(" or ")}? Otherwise ${help}`;
  return invalid(`There is no flag ${flag} for \`${program}\`.`, suggestion);
}

/**
 * Finds the flags that the person may mean: those that begin with a typed letter, those that end with a typed word, or
 * else the most similar one.
 */
function flagsMeant(typed: string, names: readonly string[]): readonly string[] {
  const flags = names.map((name) => `--${name}`);
  const word = typed.replace(/^-+/, "").toLowerCase();
  if (word.length === 1) return flags.filter((flag) => flag.startsWith(`--${word}`));
  const ending = flags.filter((flag) => flag.endsWith(`-${word}`));
  if (ending.length === 1) return ending;
  const near = nearest(typed, flags);
  return near === undefined ? [] : [near];
}

/**
 * The failure for words that aren't a command.
 *
 * @param typed the words up to the first unknown one
 * @param rest the words after them
 */
export function unknownCommand(typed: string, rest: readonly string[] = []): Failure {
  const meant = commandMeant(typed, rest);
  const list = "see `hexuser --help` for the commands.";
  return invalid(
    `There is no command \`hexuser ${typed}\`.`,
    meant === undefined ? list : `did you mean \`hexuser ${meant}\`? Otherwise ${list}`,
  );
}

/**
 * Finds the command that the person may mean: a flag typed as a word, a command after words of another program, or the
 * most similar name.
 */
function commandMeant(typed: string, rest: readonly string[]): string | undefined {
  const words = typed.toLowerCase();
  if (globalFlags.some(({ name }) => name === words)) return `--${words}`;
  const after = resolveCommand(rest);
  if (after.kind === "command") return after.name;
  if (after.kind === "unknown" && after.rest.length < rest.length && words === "mix")
    return commandMeant(after.name, after.rest);
  const names: Readonly<Record<string, string>> = {
    ...aliases,
    ...mistakenNames,
    ...Object.fromEntries(commandNames.map((name) => [name, name])),
  };
  const near = [typed, `${typed} ${rest[0] ?? ""}`].map((text) => nearest(text.trim(), Object.keys(names)));
  return names[near.find((name) => name !== undefined) ?? ""];
}

/** The failure for a group (`hexuser key`) with something else than one of its commands. */
export function incompleteCommand(group: string, rest: readonly string[] = []): Failure {
  const known = globalFlags.map(({ name }) => name as string);
  const flag = nameTyped(rest.find((word) => /^-+\w/.test(word)) ?? "");
  if (flag !== "" && !known.includes(flag.slice(2))) return unknownFlag(flag, group, known);
  const members = commandNames.filter((name) => name.startsWith(group === "" ? "" : `${group} `));
  const list = members.map((name) => `\`hexuser ${name}\``).join(", ");
  return invalid("No command was given.", `give one of ${list}.`);
}

function invalid(message: string, ...hint: Hint): Failure {
  return { code: "invalid_input", message, hint };
}
