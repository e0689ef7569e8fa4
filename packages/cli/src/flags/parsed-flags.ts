import { type AnyOperation, type Field, inputFields } from "@hexuser/core";

/** What the parser made of the arguments: flags and arguments by name. */
export interface ParsedFlags {
  readonly flags: Readonly<Record<string, FlagValue | undefined>>;
  readonly args: Readonly<Record<string, string | undefined>>;
}

export type FlagValue = string | boolean | readonly string[];

type Environment = Readonly<Record<string, string | undefined>>;

/** Puts the raw input of an operation together. What wasn't given is left out; the schema decides what is missing. */
export function toRawInput(
  operation: Pick<AnyOperation, "input">,
  { flags, args }: ParsedFlags,
  env: Environment,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const field of inputFields(operation)) {
    const fromFlag = field.arg === true ? args[field.name] : flags[field.flag ?? ""];
    const given = fromFlag ?? (field.env === undefined ? undefined : env[field.env] || undefined);
    if (given !== undefined) input[field.name] = toFieldValue(field, given);
  }
  return input;
}

function toFieldValue(field: Field, given: FlagValue): unknown {
  if (field.kind === "number" && typeof given === "string") return toNumber(given);
  if (field.kind === "list" && typeof given === "string") return [given];
  return given;
}

/** Left as text when it's no number, for the schema to refuse. */
function toNumber(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** The text of a flag that has a value; an empty one counts as absent. */
export function textFlag({ flags }: ParsedFlags, name: string): string | undefined {
  const value = flags[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Whether a flag without a value was given. */
export function isFlagSet({ flags }: ParsedFlags, name: string): boolean {
  return flags[name] === true;
}
