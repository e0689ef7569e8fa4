import type { Completes } from "@hexuser/core";
import type { NameScope } from "./known-names.ts";

/** A word that fits at the cursor. */
export interface Candidate {
  readonly word: string;
  readonly description?: string | undefined;
}

/** Finds values on this machine, on demand. */
export interface CompletionSources {
  backends(): readonly string[];
  profiles(): readonly string[];
  /** Returns names of keys that hexuser saw a short time ago. */
  keyNames(scope: NameScope): readonly string[];
  /** Returns permissions of the account that hexuser saw a short time ago. */
  permissions(scope: NameScope): readonly string[];
}

/** `files`: the shell itself completes file names. */
export type Found = readonly Candidate[] | "files";

/**
 * Finds the words that fit at the cursor.
 *
 * @param words the words before it, without the program's name
 * @param current the typed part of the word. Only its beginning matters, because the shell filters the candidates.
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
  const argument = command.args[line.args.size];
  return argument === undefined ? [] : valuesOf(argument);
}

/** The line before the cursor. */
interface Line {
  /** The typed words of the command. */
  readonly command: string;
  readonly flags: readonly CompletedFlag[];
  readonly given: ReadonlyMap<string, string | undefined>;
  /** The arguments by their names. */
  readonly args: ReadonlyMap<string, string>;
  /** The flag that waits for the value at the cursor. */
  readonly awaiting: CompletedFlag | undefined;
  /** The person typed `--`. */
  readonly flagsEnded: boolean;
}

function readLine(words: readonly string[], table: CompletionTable): Line {
  const given = new Map<string, string | undefined>();
  let command = "";
  let flags = table.globalFlags;
  const args = new Map<string, string>();
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
      const argument = table.commands[command]?.args[args.size];
      args.set(argument?.name ?? String(args.size), word);
    }
  }
  return { command, flags, given, args, awaiting, flagsEnded };
}

function flagCandidates({ flags, given }: Line): readonly Candidate[] {
  return flags
    .filter(({ name, repeatable }) => repeatable || !given.has(name))
    .map(({ name, description }) => ({ word: `--${name}`, description }));
}

/** Finds the words that follow those of a group: `key` → `generate`, `revoke`, `list`. */
function nextWords(group: string, table: CompletionTable): readonly Candidate[] {
  const before = group === "" ? "" : `${group} `;
  const found = new Map<string, string | undefined>();
  for (const [name, { summary }] of Object.entries(table.commands)) {
    if (!name.startsWith(before)) continue;
    const [word = "", ...more] = name.slice(before.length).split(" ");
    found.set(word, more.length === 0 ? summary : table.topics[`${before}${word}`]);
  }
  return [...found].map(([word, description]) => ({ word, description }));
}

function values(
  { choices, completes }: CompletedValue,
  { given, args }: Line,
  sources: CompletionSources,
): Found {
  if (completes === "file") return "files";
  const scope = {
    profile: given.get("profile"),
    apiUrl: given.get("api-url"),
    backend: given.get("backend"),
  };
  const found: Readonly<Record<Exclude<Completes, "file">, () => readonly string[]>> = {
    backend: () => sources.backends(),
    profile: () => sources.profiles(),
    key: () => sources.keyNames({ ...scope, organization: args.get("organization") }),
    permission: () => sources.permissions(scope),
    organization: () => sources.permissions(scope).flatMap(organizationOf),
  };
  const words = [...(choices ?? []), ...(completes === undefined ? [] : found[completes]())];
  return words.map((word) => ({ word }));
}

/** An organization's repository has its name. */
function organizationOf(permission: string): readonly string[] {
  const [domain, name = ""] = permission.split(":", 2);
  return domain === "repository" ? [name] : [];
}

// The types of the candidates that `build/generate.ts` writes.

/** A value: a fixed list, or values on this machine. Without either, only the person knows it. */
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
  readonly args: readonly (CompletedValue & { readonly name: string })[];
}

export interface CompletionTable {
  /** By the words of the command. */
  readonly commands: Readonly<Record<string, CompletedCommand>>;
  /** The description of each topic, by its word. */
  readonly topics: Readonly<Record<string, string>>;
  readonly globalFlags: readonly CompletedFlag[];
}
