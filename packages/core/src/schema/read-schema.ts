import type { z } from "zod";
import { type AnswerName, answersSchema } from "../answers.ts";
import type { Context } from "../context.ts";
import type { AnyOperation } from "../operation.ts";

/** Values on this machine that a shell can complete. */
export type Completes = "backend" | "profile" | "key" | "permission" | "organization" | "file";

/**
 * What a field may say about itself in its `.meta()`, for the front ends. Only `title` and `description` are published.
 */
export interface FieldMeta {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  /** Values that a shell can complete, besides which others are allowed. */
  readonly suggests?: readonly string[] | undefined;
  /** The question for it, if its title says too little. */
  readonly question?: string | undefined;
  /** The choices for a person, from the narrowest to the widest. */
  readonly offers?: readonly Offer[] | undefined;
  /** The suggestion of a question before the first answer. By default the schema's default. */
  readonly preset?: ((ctx: Partial<Pick<Context, "hostname">>) => unknown) | undefined;
  /** If a person on a terminal gives no flag of the command, it's asked for, although it is optional. */
  readonly isWorthAsking?: boolean | undefined;
  /** The name of the flag, without its dashes. `null` means that there is no flag. */
  readonly flag?: string | null | undefined;
  /** A command line takes it as an argument. It has a flag only if `flag` names one. */
  readonly arg?: boolean | undefined;
  /** The environment variable that gives the same value. */
  readonly env?: string | undefined;
  /** The flag's short name. */
  readonly char?: string | undefined;
  /** The name of its value in the help. */
  readonly valueName?: string | undefined;
  readonly completes?: Completes | undefined;
  /** The fact of a run that a front end fills in. Nobody is asked for it. */
  readonly fact?: keyof Facts | undefined;
  /** `never`: hexuser never prints or stores it. `once`: hexuser returns it only to the person who asked. */
  readonly secret?: "never" | "once" | undefined;
}

/** One value that a person can choose. */
export interface Offer {
  /** `undefined` leaves the field out. */
  readonly value: string | undefined;
  /** The name in the list. By default the value. */
  readonly name?: string | undefined;
  readonly means?: string | undefined;
  /** The value is only the beginning; this question asks for the rest. */
  readonly asks?: string | undefined;
}

declare module "zod" {
  interface GlobalMeta extends Omit<FieldMeta, "title" | "description"> {}
}

/** Facts that a front end knows about a run. It fills them into the fields that name them as their `fact`. */
export interface Facts {
  /** Nobody can approve a sign-in in a browser. */
  readonly unattended?: boolean | undefined;
  /** The person wants to know more. */
  readonly detailed?: boolean | undefined;
}

/** A field of an operation's input, or an answer. Flags, questions and tools are made from it. */
export interface Field extends Omit<FieldMeta, "title" | "flag"> {
  /** The name in the input: `keyName`. */
  readonly name: string;
  /** The name in a question. */
  readonly title: string;
  /** The name of the flag: `key-name`. `undefined` for an argument, or if a front end fills the field in. */
  readonly flag: string | undefined;
  readonly kind: "boolean" | "string" | "number" | "list";
  readonly choices: readonly string[] | undefined;
  readonly isOptional: boolean;
  readonly schema: z.ZodType;
}

/** Returns the fields of an operation's input, in the order of its schema. */
export function inputFields({ input }: Pick<AnyOperation, "input">): Field[] {
  return Object.entries(input.shape as Readonly<Record<string, z.ZodType>>).map(([name, schema]) =>
    readField(name, schema),
  );
}

/** Returns the fields that a person is asked for. It leaves out the fields that a front end fills in. */
export function askedFields(operation: Pick<AnyOperation, "input">): Field[] {
  return inputFields(operation).filter(({ fact }) => fact === undefined);
}

/** Returns one field of an operation's input. */
export function inputField(operation: Pick<AnyOperation, "input" | "id">, name: string): Field {
  const schema: z.ZodType | undefined = operation.input.shape[name];
  if (schema === undefined) throw new Error(`${operation.id} has no input ${name}`);
  return readField(name, schema);
}

/** Returns the field of an answer. */
export function answerField(name: AnswerName): Field {
  return readField(name, answersSchema().shape[name]);
}

/** Whether an operation gives a secret, which can't be had a second time. */
export function handsOver(operation: Partial<Pick<AnyOperation, "output" | "leaves">>): boolean {
  const { output, leaves } = operation;
  return output !== undefined && leaves !== undefined && secretFields({ output }).length > 0;
}

/** Returns the names of the output's secret fields. */
export function secretFields({ output }: Pick<AnyOperation, "output">): string[] {
  return Object.entries(output.shape as Readonly<Record<string, z.ZodType>>)
    .filter(([name, schema]) => readField(name, schema).secret !== undefined)
    .map(([name]) => name);
}

/** Fills in the facts of a run that the input doesn't give. */
export function withFacts(
  operation: Pick<AnyOperation, "input">,
  input: Readonly<Record<string, unknown>>,
  facts: Facts,
): Record<string, unknown> {
  const filled = { ...input };
  for (const { name, fact } of inputFields(operation)) {
    if (fact !== undefined && facts[fact] !== undefined) filled[name] ??= facts[fact];
  }
  return filled;
}

/** Converts typed text to a value. A line may hold several values, with spaces or commas between them. */
export function parseText({ kind }: Pick<Field, "kind">, text: string): unknown {
  if (kind === "list") return text.split(/[\s,]+/).filter((part) => part !== "");
  if (kind === "number") return text.trim() === "" ? undefined : Number(text);
  return text.trim();
}

/** `keyName` → `key-name` */
export function toFlagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The part of a zod schema that this file reads. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, string>>;
}

/**
 * Reads a schema and the schemas that it wraps (optional, default, transformed). The words of an outer schema take
 * precedence.
 */
function readField(name: string, schema: z.ZodType): Field {
  let meta: FieldMeta = {};
  let isOptional = false;
  let core = schema;
  for (;;) {
    meta = { ...core.meta(), ...meta };
    const def = core.def as unknown as Definition;
    isOptional ||= ["optional", "default", "prefault", "catch"].includes(def.type);
    const next = def.innerType ?? def.in;
    if (next === undefined) break;
    core = next;
  }
  const { type, values, entries } = core.def as unknown as Definition;
  const hasFlag =
    meta.flag !== null && meta.fact === undefined && (meta.arg !== true || meta.flag !== undefined);
  return {
    ...meta,
    name,
    title: meta.title ?? toTitle(name),
    flag: hasFlag ? (meta.flag ?? toFlagName(name)) : undefined,
    kind: kindOf(type, values),
    choices: type === "enum" ? Object.values(entries ?? {}) : undefined,
    isOptional,
    schema,
  };
}

/** A field that allows only `true` is a yes or no as well. */
function kindOf(type: string, values: readonly unknown[] | undefined): Field["kind"] {
  if (type === "boolean" || (type === "literal" && typeof values?.[0] === "boolean")) return "boolean";
  if (type === "number" || type === "int") return "number";
  return type === "array" ? "list" : "string";
}

/** `keyName` → "Key name" */
function toTitle(name: string): string {
  const words = toFlagName(name).replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
