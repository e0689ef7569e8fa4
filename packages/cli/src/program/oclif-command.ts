import { fail, hint } from "@hexuser/core";
import * as Args from "@oclif/core/args";
import { Command } from "@oclif/core/command";
import { Config } from "@oclif/core/config";
import * as Flags from "@oclif/core/flags";
import type { Hook } from "@oclif/core/hooks";
import type { FlagInput } from "@oclif/core/interfaces";
import { commandArguments, commandFlags, ownFlags } from "../argv/command-flags.ts";
import { commandLine } from "../argv/command-line.ts";
import type { AnyCommand } from "../argv/front-end.ts";
import { type FlagDescription, globalFlags } from "../argv/global-flags.ts";
import { type Options, type ParsedFlags, readOptions } from "../argv/options.ts";
import { version } from "../host/version.generated.ts";
import { carryOut } from "./carry-out.ts";
import { loadCommand } from "./commands.generated.ts";

/** The parts of the section `oclif` in `package.json` that matter while a command runs. */
const pjson = { name: "hexuser", version, oclif: { bin: "hexuser", topicSeparator: ":" } };

/** The parts of the section `oclif` in `package.json` that this file reads. */
export interface OclifSection {
  readonly description?: string;
  readonly topicSeparator?: string;
  readonly topics?: Readonly<Record<string, { readonly description: string }>>;
}

/** What oclif needs to know about a command before it loads its class. */
export type CommandEntry = Partial<Command.Cached> & { readonly id: string; load(): Promise<Command.Class> };

/**
 * Runs the command with this name (`key list`). Returns the exit code. Fails as the command does, with `invalid_input`
 * for an unknown name, and with oclif's error for wrong arguments.
 */
export async function callOclif(name: string, argv: readonly string[], signal: AbortSignal): Promise<number> {
  const entries = Object.entries(loadCommand).map(([command, load]) => ({
    id: idOf(command),
    load: async () => commandClass(await load()),
  }));
  const config = await loadConfig(entries, { signal });
  return config.runCommand<number>(idOf(name), [...argv]);
}

/**
 * Loads oclif's configuration with these commands. It reads no plugins, hooks, themes or manifests from the disk,
 * because only built code may run with a person's credentials.
 *
 * The plugin is a plain object. oclif's `Plugin` sorts with `localeCompare`, whose first call takes over 10 ms.
 */
export async function loadConfig(
  commands: readonly CommandEntry[],
  options: RunOptions,
  oclif: OclifSection = {},
): Promise<Config> {
  const own = { ...pjson, oclif: { ...pjson.oclif, ...oclif } };
  const plugin = {
    ...{ name: "hexuser", alias: "hexuser", version, type: "core", root: "/", pjson: own },
    ...{ isRoot: true, valid: true, hooks: {} },
    topics: Object.entries(oclif.topics ?? {}).map(([name, topic]) => ({ name, ...topic })),
    commands: commands.map((command) => ({
      aliases: [],
      hiddenAliases: [],
      args: {},
      flags: {},
      ...command,
    })),
  };
  // `Config.load` would make a plain `Config`.
  const config = new HexuserConfig({ root: "/", pjson: own, plugins: [plugin], ...options } as never);
  // This private method would read a theme from the person's configuration directory.
  Object.assign(config, { loadTheme: async () => undefined });
  await config.load();
  return config;
}

class HexuserConfig extends Config {
  /** Hooks are functions of this program. oclif's own method would load them from files. */
  override async runHook(event: unknown, options: unknown): Promise<never> {
    const failures: { plugin: unknown; error: unknown }[] = [];
    if (event === "command_not_found") {
      try {
        const { default: commandNotFound } = await import("./command-not-found.ts");
        await commandNotFound.call({} as never, options as Parameters<Hook.CommandNotFound>[0]);
      } catch (error) {
        failures.push({ plugin: this, error });
      }
    }
    return { successes: [], failures } as never;
  }

  /** Ignores oclif's variables (`HEXUSER_DEBUG`, `HEXUSER_CACHE_DIR`). */
  override scopedEnvVar(): undefined {
    return undefined;
  }
}

/** The options of oclif's `Config` for one run. They carry the signal of an interruption. */
export interface RunOptions {
  readonly signal: AbortSignal;
}

/** The base class of all commands. `commandClass` adds the operation's parts. */
export abstract class HexuserCommand extends Command {
  static operation: AnyCommand;
  /** Arguments that are optional for oclif, because hexuser asks a person for them. */
  static requiredArgs: readonly string[] = [];
  static override baseFlags: FlagInput = toFlags(globalFlags, "GLOBAL");

  /** oclif's own `run` loads the configuration a second time, which takes milliseconds. */
  static override run<Result>(argv?: string[], config?: unknown): Promise<Result> {
    // biome-ignore lint/complexity/noThisInStatic: it's the class of the command, which extends this one
    const Class = this as unknown as new (argv: string[], config: Config) => HexuserCommand;
    return new Class(argv ?? [], config as Config)._run() as Promise<Result>;
  }

  /** Returns the exit code. */
  override async run(): Promise<number> {
    const { operation } = this.ctor as unknown as typeof HexuserCommand;
    const { flags, args } = await this.parse();
    const options = readOptions(operation, { flags, args } as ParsedFlags, process.env);
    await checkOutputFlags(operation, options);
    const { signal } = this.config.options as unknown as RunOptions;
    return "carryOut" in operation
      ? operation.carryOut(options, signal)
      : carryOut(operation, options, signal);
  }

  /** hexuser reports failures itself. oclif would print some of them and set an exit code. */
  override async catch(error: Error): Promise<never> {
    throw error;
  }
}

/**
 * Checks the flags for the output before anything else happens. Fails with `invalid_input` if this command can't follow
 * them.
 */
async function checkOutputFlags(command: AnyCommand, options: Options): Promise<void> {
  const { fields, jq } = options;
  for (const { name, choices, isTakenBy } of ownFlags) {
    const given = options[name as "format" | "for" | "shell"];
    if (given === undefined || choices === undefined || !isTakenBy(command) || choices.includes(given))
      continue;
    throw fail(
      "invalid_input",
      `--${name} must be ${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}.`,
      {
        hint: hint`give one of them, or leave it out.`,
      },
    );
  }
  if (fields === undefined && jq === undefined) return;
  const { checkFilter } = await import("../output/filter-output.ts");
  await checkFilter(command, options);
}

/** Makes oclif's command for an operation, or for another command that describes itself like one. */
export function commandClass(operation: AnyCommand): typeof HexuserCommand {
  const args = commandArguments(operation);
  const usage = args.map(({ name, isRequired }) =>
    isRequired ? name.toUpperCase() : `[${name.toUpperCase()}]`,
  );
  // oclif's parser spreads the class, so these have to be its own properties.
  return class extends HexuserCommand {
    static override id = idOf(operation.id.replaceAll(".", " "));
    static override aliases = [...(operation.aliases ?? [])];
    static override operation = operation;
    static override summary = operation.summary;
    static override description = operation.description;
    static override usage = ["<%= command.id %>", ...usage, "[FLAGS]"].join(" ");
    static override flags = toFlags(commandFlags(operation));
    static override requiredArgs = args.filter((arg) => arg.isRequired).map(({ name }) => name);
    static override args = Object.fromEntries(
      args.map(({ name, description }) => [
        name,
        // oclif would read a missing argument from standard input, which may hold secrets.
        Args.string({ description: sentence(description), ignoreStdin: true }),
      ]),
    );
    static override get examples() {
      const { examples = [] } = operation;
      return examples.map(({ means, input }) => ({
        description: means,
        command: commandLine(operation, input),
      }));
    }
  };
}

/** `key list` → `key:list`, oclif's form. */
export function idOf(name: string): string {
  return name.replaceAll(" ", ":");
}

function toFlags(flags: readonly FlagDescription[], helpGroup?: string): FlagInput {
  return Object.fromEntries(flags.map((flag) => [flag.name, toFlag(flag, helpGroup)]));
}

/**
 * Makes oclif's flag. The operation's schema checks the values, so that every front end gives the same message. The
 * description names the environment variable, because oclif would read a declared one by itself.
 */
function toFlag({ value, char, description, env, repeatable }: FlagDescription, helpGroup?: string) {
  const common = {
    description: env === undefined ? sentence(description) : `${sentence(description)} [env: ${env}]`,
    ...(char === undefined ? {} : { char: char as "h" }),
    ...(helpGroup === undefined ? {} : { helpGroup }),
  };
  if (value === undefined) return Flags.boolean(common);
  const option = { ...common, helpValue: value };
  return repeatable === true
    ? Flags.string({ ...option, multiple: true, multipleNonGreedy: true })
    : Flags.string(option);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
