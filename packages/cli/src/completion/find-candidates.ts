import type { Completes } from "@hexuser/core";
import type { KeyNameScope } from "./key-names.ts";

/** A word that fits at the cursor. */
export interface Candidate {
  readonly word: string;
  readonly description?: string | undefined;
}

/** What is found on this machine, when it's needed. */
export interface CompletionSources {
  backends(): readonly string[];
  profiles(): readonly string[];
  /** Names of keys that were seen a short time ago. */
  keyNames(scope: KeyNameScope): readonly string[];
}

/** `files`: the shell's own completion of file names knows more. */
export type Found = readonly Candidate[] | "files";

/**
 * Finds the words that fit at the cursor.
 *
 * @param words those before it, without the program's name
 * @param current what is typed of the word itself; only its beginning matters, the shell picks those that match
 */
export function findCandidates(
  words: readonly string[],
  current: string,
  table: CompletionTable,
  sources: CompletionSources,
): Found {
  const line = readLine(words, table);
  const valuesOf = (value: CompletedValue) => values(value, line, sources);
  if (line.awaiting !== undefined) return valuesOf(line.awaiting);
  if (current.startsWith("-") && !line.flagsEnded) {
    const [name, given] = current.split("=", 2);
    const flag = line.flags.find((known) => `--${known.name}` === name && known.takesValue);
    if (given === undefined) return flagCandidates(line);
    const found = flag === undefined ? [] : valuesOf(flag);
    return found === "files" ? found : found.map((one) => ({ ...one, word: `${name}=${one.word}` }));
  }
  const command = table.commands[line.command];
  if (command === undefined) return nextWords(line.command, table);
  const argument = command.args[line.positionals];
  return argument === undefined ? [] : valuesOf(argument);
}

/** The line before the cursor. */
interface Line {
  /** The words of the command, as far as they are typed. */
  readonly command: string;
  readonly flags: readonly CompletedFlag[];
  readonly given: ReadonlyMap<string, string | undefined>;
  readonly positionals: number;
  /** The flag whose value the cursor is at. */
  readonly awaiting: CompletedFlag | undefined;
  /** A `--` was typed. */
  readonly flagsEnded: boolean;
}

function readLine(words: readonly string[], table: CompletionTable): Line {
  const given = new Map<string, string | undefined>();
  let command = "";
  let flags = table.globalFlags;
  let positionals = 0;
  let awaiting: CompletedFlag | undefined;
  let flagsEnded = false;
  for (const word of words) {
    if (awaiting !== undefined) {
      given.set(awaiting.name, word);
      awaiting = undefined;
    } else if (word === "--") {
      flagsEnded = true;
    } else if (word.startsWith("-") && !flagsEnded) {
      const [name = "", value] = word.replace(/^--/, "").split("=", 2);
      given.set(name, value);
      if (value === undefined) awaiting = flags.find((flag) => flag.name === name && flag.takesValue);
    } else if (table.commands[command] === undefined) {
      command = `${command} ${word.toLowerCase().replaceAll("-", "_")}`.trim();
      flags = [...(table.commands[command]?.flags ?? []), ...table.globalFlags];
    } else {
      positionals += 1;
    }
  }
  return { command, flags, given, positionals, awaiting, flagsEnded };
}

function flagCandidates({ flags, given }: Line): readonly Candidate[] {
  return flags
    .filter(({ name, repeatable }) => repeatable || !given.has(name))
    .map(({ name, description }) => ({ word: `--${name}`, description }));
}

/** The words that go on from those of a group: `key` → `generate`, `revoke`, `list`. */
function nextWords(group: string, table: CompletionTable): readonly Candidate[] {
  const before = group === "" ? "" : `${group} `;
  const found = new Map<string, string | undefined>();
  for (const [name, { summary }] of Object.entries(table.commands)) {
    if (!name.startsWith(before)) continue;
    const [word = "", ...more] = name.slice(before.length).split(" ");
    found.set(word, more.length === 0 ? summary : table.topics[word]);
  }
  return [...found].map(([word, description]) => ({ word, description }));
}

function values({ choices, completes }: CompletedValue, { given }: Line, sources: CompletionSources): Found {
  if (completes === "file") return "files";
  const words =
    completes === "backend"
      ? sources.backends()
      : completes === "profile"
        ? sources.profiles()
        : completes === "key"
          ? sources.keyNames({
              profile: given.get("profile"),
              apiUrl: given.get("api-url"),
              backend: given.get("backend"),
            })
          : (choices ?? []);
  return words.map((word) => ({ word }));
}

// The candidates for completing a command line, which `build/generate.ts` writes down.

/** A value: some that are known, or what is found on this machine. Neither: only the person knows it. */
interface CompletedValue {
  readonly choices?: readonly string[] | undefined;
  readonly completes?: Completes | undefined;
}

export interface CompletedFlag extends CompletedValue {
  readonly name: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly repeatable: boolean;
}

export interface CompletedCommand {
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  readonly args: readonly CompletedValue[];
}

export interface CompletionTable {
  /** By the words of the command. */
  readonly commands: Readonly<Record<string, CompletedCommand>>;
  /** What is said of a topic, by its word. */
  readonly topics: Readonly<Record<string, string>>;
  readonly globalFlags: readonly CompletedFlag[];
}
