import {
  type AnyOperation,
  type DeliveryChoice,
  type Field,
  fail,
  handsOver,
  hint,
  inputFields,
} from "@hexuser/core";
import { type FlagDescription, globalFlags } from "./global-flags.ts";

/**
 * The arguments of a command, read once. Each flag has its name in camel case (`apiUrl` is `--api-url`). An empty value
 * counts as absent.
 */
export type Options = FlagValues<(typeof globalFlags)[number]> & {
  // Flags of some commands, for their way of execution.
  readonly adoptCredentials?: boolean;
  readonly clientId?: string;
  readonly force?: boolean;
  readonly format?: string;
  readonly keyStdin?: boolean;
  readonly browser?: boolean;
  readonly noBrowser?: boolean;
  readonly output?: string;
  readonly qr?: boolean;
  readonly sameRegistry?: boolean;
  readonly shell?: string;
  readonly for?: string;
  readonly withKey?: boolean;
  readonly yes?: boolean;
  /** The command got a flag that not every command takes. */
  readonly hasOwnFlags?: boolean;
  /** The operation's input as it was given. Its schema hasn't checked it yet. */
  readonly input: Readonly<Record<string, unknown>>;
};

type FlagValues<Flag extends FlagDescription> = {
  readonly [One in Flag as CamelCase<One["name"]>]?: One extends { value: string } ? string : boolean;
};
type CamelCase<Name extends string> = Name extends `${infer Word}-${infer Others}`
  ? `${Word}${Capitalize<CamelCase<Others>>}`
  : Name;

/** oclif's result: flags and arguments by name. */
export interface ParsedFlags {
  readonly flags: Readonly<Record<string, FlagValue | undefined>>;
  readonly args: Readonly<Record<string, string | undefined>>;
}

type FlagValue = string | boolean | readonly string[];

type Environment = Readonly<Record<string, string | undefined>>;

/** Makes the options from oclif's result. For a field with an environment variable, it reads the variable, too. */
export function readOptions(
  command: Pick<AnyOperation, "input">,
  parsed: ParsedFlags,
  env: Environment,
): Options {
  const given = Object.entries(parsed.flags).filter(([, value]) => value !== "");
  const named = given.map(([name, value]) => [toFieldName(name), value] as const);
  const isGlobal = (flag: string) => globalFlags.some(({ name }) => name === flag);
  return {
    ...(Object.fromEntries(named) as object),
    hasOwnFlags: given.some(([name, value]) => value !== undefined && !isGlobal(name)),
    input: toRawInput(command, parsed, env),
  };
}

/** `key-name` → `keyName` */
function toFieldName(flag: string): string {
  return flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Makes the raw input of an operation. It leaves out absent values, because the schema decides what is required. */
function toRawInput(
  operation: Pick<AnyOperation, "input">,
  { flags, args }: ParsedFlags,
  env: Environment,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const field of inputFields(operation)) {
    const argument = field.arg === true ? args[argumentName(field)] : undefined;
    const fromFlag = flags[field.flag ?? ""];
    if (argument !== undefined && fromFlag !== undefined) {
      const name = argumentName(field).toUpperCase();
      throw fail("invalid_input", `${name} and --${field.flag} are the same value, but you gave both.`, {
        hint: hint`give one of them.`,
      });
    }
    const given = argument ?? fromFlag ?? (field.env === undefined ? undefined : env[field.env] || undefined);
    if (given !== undefined) input[field.name] = toFieldValue(field, given);
  }
  return input;
}

/** The name of a field's argument: the last word of its flag (`key-name` → `name`), or the field's own name. */
export function argumentName({ name, flag }: Pick<Field, "name" | "flag">): string {
  return flag?.split("-").at(-1) ?? name;
}

function toFieldValue(field: Field, given: FlagValue): unknown {
  if (field.kind === "number" && typeof given === "string") return toNumber(given);
  if (field.kind === "list" && typeof given === "string") return [given];
  return given;
}

/** Returns text that isn't a number unchanged, so that the schema refuses it. */
function toNumber(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** How the person wants to get a secret, if they said it. */
export function deliveryChoice(operation: AnyOperation, options: Options): DeliveryChoice | undefined {
  const { format, output, force, for: client, shell } = options;
  if (!handsOver(operation) || (format ?? output ?? force) === undefined) return undefined;
  const given = Object.entries({ format, output, force, for: client, shell });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as DeliveryChoice;
}
