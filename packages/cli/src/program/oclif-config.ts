import type { Command } from "@oclif/core/command";
import { Config } from "@oclif/core/config";
import type { Hook } from "@oclif/core/hooks";
import { version } from "../host/version.generated.ts";
import commandNotFound from "./command-not-found.ts";
import { loadCommand } from "./commands.generated.ts";
import { commandClass, idOf, type RunOptions } from "./hexuser-command.ts";

/** What `package.json` says in its section `oclif`, as far as it matters while a command runs. */
const pjson = { name: "hexuser", version, oclif: { bin: "hexuser", topicSeparator: ":" } };

/** The section `oclif` of `package.json`, as far as it is read here. */
export interface OclifSection {
  readonly description?: string;
  readonly topicSeparator?: string;
  readonly topics?: Readonly<Record<string, { readonly description: string }>>;
}

/** What oclif knows of a command before it loads its class. */
export type CommandEntry = Partial<Command.Cached> & { readonly id: string; load(): Promise<Command.Class> };

/**
 * Runs the command of these words (`key list`), and gives the code that the process ends with. Fails as the command
 * does, with `invalid_input` where the words name no command, and with an error of oclif's for wrong arguments.
 */
export async function runCommand(
  name: string,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const entries = Object.entries(loadCommand).map(([command, load]) => ({
    id: idOf(command),
    load: async () => commandClass(await load()),
  }));
  const config = await loadConfig(entries, { signal });
  return config.runCommand<number>(idOf(name), [...argv]);
}

/**
 * Loads oclif's configuration with these commands. It finds no plugins, hooks, themes and manifests on the disk: what
 * runs with the credentials of a person is what was built.
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
  // `Config.load` would make a plain `Config` of it.
  const config = new HexuserConfig({ root: "/", pjson: own, plugins: [plugin], ...options } as never);
  // It's private, and reads a theme from the person's configuration directory.
  Object.assign(config, { loadTheme: async () => undefined });
  await config.load();
  return config;
}

class HexuserConfig extends Config {
  /** Hooks are functions of this program. oclif's own method loads them from files. */
  override async runHook(event: unknown, options: unknown): Promise<never> {
    const failures: { plugin: unknown; error: unknown }[] = [];
    if (event === "command_not_found") {
      try {
        await commandNotFound.call({} as never, options as Parameters<Hook.CommandNotFound>[0]);
      } catch (error) {
        failures.push({ plugin: this, error });
      }
    }
    return { successes: [], failures } as never;
  }

  /** oclif's variables (`HEXUSER_DEBUG`, `HEXUSER_CACHE_DIR`) mean nothing here. */
  override scopedEnvVar(): undefined {
    return undefined;
  }
}
