import * as Args from "@oclif/core/args";
import { Command } from "@oclif/core/command";
import { Config } from "@oclif/core/config";
import * as Flags from "@oclif/core/flags";
import type { ArgInput, FlagInput } from "@oclif/core/interfaces";
import { carryOut } from "./carry-out.ts";
import { commandArguments, commandFlags } from "./flags/command-flags.ts";
import { type FlagDescription, globalFlags } from "./flags/global-flags.ts";
import type { FlagValue, ParsedFlags } from "./flags/parsed-flags.ts";
import type { AnyCommand } from "./front-end.ts";
import { version } from "./help.generated.ts";

/**
 * Makes the oclif command of an operation or a front end, and runs it with these arguments. Gives the code that the process ends
 * with; throws what oclif throws for arguments that it can't parse.
 */
export function runOperationCommand(
  operation: AnyCommand,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  return new (makeCommand(operation, signal))(
    [...argv],
    new BareConfig({ root: import.meta.dirname }),
  ).execute();
}

function makeCommand(operation: AnyCommand, signal: AbortSignal) {
  const flags = [...commandFlags(operation), ...globalFlags].map(
    (flag) => [flag.name, toOclifFlag(flag)] as const,
  );
  const args = commandArguments(operation).map(
    ({ name, description }) =>
      // oclif would read an argument that is missing from standard input, where secrets may be.
      [name, Args.string({ description, ignoreStdin: true })] as const,
  );
  return class OperationCommand extends Command {
    static override id = operation.id.replaceAll(".", ":");
    static override summary = operation.summary;
    static override flags: FlagInput = Object.fromEntries(flags);
    static override args: ArgInput = Object.fromEntries(args);

    /** `Command.run` would search the disk for plugins, a theme and a manifest first. */
    execute(): Promise<number> {
      return this._run();
    }

    override async run(): Promise<number> {
      const { flags: given, args: positional } = await this.parse(OperationCommand);
      const parsed: ParsedFlags = {
        flags: given as Readonly<Record<string, FlagValue | undefined>>,
        args: positional as Readonly<Record<string, string | undefined>>,
      };
      return "carryOut" in operation
        ? operation.carryOut(parsed, signal)
        : carryOut(operation, parsed, signal);
    }
  };
}

/** Which values a flag takes is left to the operation's schema, so that every front end gives the same message. */
function toOclifFlag({ value, char, description, repeatable }: FlagDescription) {
  const shared = { description, ...(char === undefined ? {} : { char: char as "h" }) };
  if (value === undefined) return Flags.boolean(shared);
  return repeatable === true
    ? Flags.string({ ...shared, multiple: true, multipleNonGreedy: true })
    : Flags.string(shared);
}

/** What a command looks at of oclif's configuration. There are no plugins, so nobody has hooks either. */
class BareConfig extends Config {
  override name = "hexuser";
  override bin = "hexuser";
  override version = version;
  override userAgent = `hexuser/${version}`;
  override valid = true;

  override async runHook() {
    return { failures: [], successes: [] };
  }
}
