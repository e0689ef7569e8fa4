import { readFileSync } from "node:fs";
import type { Command } from "@oclif/core/command";
import { CommandHelp, Help } from "@oclif/core/help";
import type { FlagInput } from "@oclif/core/interfaces";
import { commands } from "../src/program/command-classes.ts";
import { type HexuserCommand, loadConfig, type OclifSection } from "../src/program/oclif-command.ts";

const { description, oclif } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
) as { description: string; oclif: OclifSection };

const exitCodes = [
  ["0", "Done"],
  ["1", "Refused by the registry"],
  ["2", "Wrong usage or input"],
  ["4", "Authentication needed or refused"],
  ["5", "Credential storage failed"],
  ["6", "Network or registry unreachable"],
  ["7", "Rate limited"],
  ["70", "A defect of hexuser"],
  ["130", "Interrupted"],
] as const;

/**
 * Returns the help of the program, of each topic and of each command, by name. The name of the program's own help is
 * "".
 */
export async function helpTexts(): Promise<Record<string, string>> {
  const ids = Object.keys(commands);
  const topics = ids.flatMap((id) => [...id.matchAll(/:/g)].map(({ index }) => id.slice(0, index)));
  const texts: Record<string, string> = { "": await helpText([]) };
  for (const id of [...new Set(topics), ...ids])
    texts[id.replaceAll(":", " ")] = await helpText(id.split(":"));
  return texts;
}

/** oclif's help changes the commands that it shows, so each text is made from new ones. */
async function helpText(words: readonly string[]): Promise<string> {
  const entries = Object.values(commands).map(describe);
  const config = await loadConfig(entries, { signal: new AbortController().signal }, oclif);
  const help = new CollectedHelp(config, {
    ...{ maxWidth: 80, stripAnsi: true, flagSortOrder: "none", hideCommandSummaryInDescription: true },
    hideAliasesFromRoot: true,
  });
  await help.showHelp([...words]);
  return `${help.text
    .trimEnd()
    .replaceAll("\u00a0", " ")
    .replaceAll(/\n{3,}/g, "\n\n")}\n`;
}

/** Returns a command with everything that the help reads from its class. */
function describe(command: typeof HexuserCommand) {
  const { id, summary, description, usage, examples, aliases, baseFlags, args } = command;
  const required = new Set(command.requiredArgs);
  const copy = (flags: FlagInput = {}) =>
    Object.fromEntries(Object.entries(flags).map(copyFlag).sort(withCharFirst));
  return {
    ...{ id, summary, description, usage, examples, aliases, pluginName: "hexuser" },
    flags: { ...copy(command.flags), ...copy(baseFlags) },
    args: Object.fromEntries(
      Object.entries(args).map(([name, arg]) => [name, { ...arg, name, required: required.has(name) }]),
    ),
    load: async () => command,
  } as unknown as Command.Loadable;
}

type NamedFlag = [name: string, flag: FlagInput[string]];

/** A variable stays on the line of the word before it. */
function copyFlag([name, flag]: NamedFlag): NamedFlag {
  return [name, { ...flag, description: flag.description?.replace("[env: ", "[env:\u00a0") } as typeof flag];
}

/** If the first flag has a letter, oclif aligns the other flags with it. So put a flag with a letter first. */
function withCharFirst([, one]: NamedFlag, [, other]: NamedFlag): number {
  return Number(other.char !== undefined) - Number(one.char !== undefined);
}

class CollectedHelp extends Help {
  protected override CommandHelpClass = HexuserCommandHelp;
  text = "";

  protected override log(...lines: string[]): void {
    this.text += `${lines.join(" ")}\n`;
  }

  /** oclif's own method shows the version of Node and the machine of the build. */
  override formatRoot(): string {
    const usage = this.section("USAGE", `$ ${this.config.bin} [COMMAND]`);
    return [description, usage, "New here? `hexuser wizard` guides you step by step."].join("\n\n");
  }

  protected override async showRootHelp(): Promise<void> {
    await super.showRootHelp();
    const [command] = this.config.commands;
    if (command === undefined) return;
    this.log(new HexuserCommandHelp(command, this.config, this.opts).globalFlags());
    this.log("");
    this.log(
      this.section(
        "EXIT CODES",
        exitCodes.map(([code, meaning]) => [code, meaning]),
      ),
    );
    this.log("");
    this.log("`hexuser COMMAND --help` tells more about a command or a topic.");
  }
}

class HexuserCommandHelp extends CommandHelp {
  globalFlags(): string {
    const flags = Object.entries(this.command.flags).map(([name, flag]) => ({ ...flag, name }));
    const { flagGroups } = this.groupFlags(flags);
    return this.section("GLOBAL FLAGS", this.flags(flagGroups.GLOBAL ?? []) ?? "");
  }
}
