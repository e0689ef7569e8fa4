import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { ArgInput, FlagInput } from "@oclif/core/interfaces";
import { parse } from "@oclif/core/parser";
import { carryOut } from "./carry-out.ts";
import { commandArguments, commandFlags } from "./flags/command-flags.ts";
import { type FlagDescription, globalFlags } from "./flags/global-flags.ts";
import type { FlagValue, ParsedFlags } from "./flags/parsed-flags.ts";
import type { AnyCommand } from "./front-end.ts";

/**
 * Runs an operation or a front end as a command with these arguments. Gives the code that the process ends with; throws what oclif
 * throws for arguments that it can't parse.
 *
 * Of oclif it's the parser and its flags. The class for commands would search the disk for plugins, a theme and a
 * manifest first; here commands are a table that was made when the program was built.
 */
export async function runOperationCommand(
  operation: AnyCommand,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const known: { flags: FlagInput; args: ArgInput } = {
    flags: Object.fromEntries(
      [...commandFlags(operation), ...globalFlags].map((flag) => [flag.name, toOclifFlag(flag)]),
    ),
    args: Object.fromEntries(
      commandArguments(operation).map(({ name, description }) => [
        name,
        // oclif would read an argument that is missing from standard input, where secrets may be.
        Args.string({ description, ignoreStdin: true }),
      ]),
    ),
  };
  const { flags, args } = await parse([...argv], known);
  const parsed: ParsedFlags = {
    flags: flags as Readonly<Record<string, FlagValue | undefined>>,
    args: args as Readonly<Record<string, string | undefined>>,
  };
  return "carryOut" in operation ? operation.carryOut(parsed, signal) : carryOut(operation, parsed, signal);
}

/** Which values a flag takes is left to the operation's schema, so that every front end gives the same message. */
function toOclifFlag({ value, char, description, repeatable }: FlagDescription) {
  const shared = { description, ...(char === undefined ? {} : { char: char as "h" }) };
  if (value === undefined) return Flags.boolean(shared);
  return repeatable === true
    ? Flags.string({ ...shared, multiple: true, multipleNonGreedy: true })
    : Flags.string(shared);
}
