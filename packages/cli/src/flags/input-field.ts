import type { AnyOperation } from "@hexuser/core";
import type { Completes } from "./global-flags.ts";

/** One field of an operation's input, as a command line gives it. */
export interface InputField {
  /** The name in the input: `keyName`. */
  readonly name: string;
  /** The name of the flag, without its dashes: `key-name`. None: the front end fills the field in itself. */
  readonly flag: string | undefined;
  /** Given by its position, without a flag. */
  readonly isArgument: boolean;
  readonly kind: "boolean" | "string" | "number" | "list";
  readonly isRequired: boolean;
  readonly description: string;
  readonly valueName: string;
  readonly choices: readonly string[] | undefined;
  /** Values that a shell can offer, of those that are allowed. */
  readonly examples: readonly string[] | undefined;
  readonly completes: Completes | undefined;
  readonly env: string | undefined;
  readonly char: string | undefined;
}

/** What an operation may say of a field, for command lines, in the field's `.meta()`. */
interface FieldMeta {
  readonly title?: string;
  readonly description?: string;
  /** `null`: no flag. */
  readonly flag?: string | null;
  readonly arg?: boolean;
  readonly env?: string;
  readonly char?: string;
  readonly valueName?: string;
  readonly examples?: readonly string[];
  readonly completes?: Completes;
}

/** The part of a zod schema that is read here. */
interface Schema {
  readonly def: {
    readonly type: string;
    readonly innerType?: Schema;
    readonly in?: Schema;
    readonly element?: Schema;
    readonly entries?: Readonly<Record<string, string>>;
    readonly values?: readonly unknown[];
    readonly options?: readonly Schema[];
  };
  meta(): FieldMeta | undefined;
}

/** The fields of an operation's input, in the order in which they are written there. */
export function inputFields(operation: Pick<AnyOperation, "input">): InputField[] {
  const shape = operation.input.shape as Readonly<Record<string, Schema>>;
  return Object.entries(shape).map(([name, schema]) => readField(name, schema));
}

function readField(name: string, schema: Schema): InputField {
  const { core, meta, isOptional } = unwrap(schema);
  const choices = core.def.type === "enum" ? Object.values(core.def.entries ?? {}) : undefined;
  const flag = meta.flag === null ? undefined : (meta.flag ?? toFlagName(name));
  return {
    name,
    flag: meta.arg === true ? undefined : flag,
    isArgument: meta.arg === true,
    kind: kindOf(core),
    isRequired: !isOptional,
    description: meta.description ?? meta.title ?? name,
    valueName: meta.valueName ?? choices?.join("|") ?? lastWord(flag ?? toFlagName(name)),
    choices,
    examples: meta.examples,
    completes: meta.completes,
    env: meta.env,
    char: meta.char,
  };
}

/** Looks through what lies around the type (optional, default, a transformation), outer words before inner ones. */
function unwrap(schema: Schema): { core: Schema; meta: FieldMeta; isOptional: boolean } {
  let meta: FieldMeta = {};
  let isOptional = false;
  let core = schema;
  for (;;) {
    meta = { ...core.meta(), ...meta };
    isOptional ||= ["optional", "default", "prefault", "catch"].includes(core.def.type);
    const next = core.def.innerType ?? core.def.in;
    if (next === undefined) return { core, meta, isOptional };
    core = next;
  }
}

function kindOf({ def }: Schema): InputField["kind"] {
  if (def.type === "boolean") return "boolean";
  if (def.type === "literal") return typeof def.values?.[0] === "boolean" ? "boolean" : "string";
  if (def.type === "number" || def.type === "int") return "number";
  return def.type === "array" ? "list" : "string";
}

/** `keyName` → `key-name` */
export function toFlagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function lastWord(flag: string): string {
  return (flag.split("-").at(-1) ?? flag).toUpperCase();
}
