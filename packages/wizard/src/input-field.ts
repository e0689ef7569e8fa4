import type { AnyOperation } from "@hexuser/core";
import type { z } from "zod";

/** A field of an operation's input, as far as a question has to know it. */
export interface InputField {
  readonly name: string;
  readonly title: string;
  readonly description: string | undefined;
  /** "string", "boolean", "number", "enum", "array" */
  readonly kind: string;
  readonly isOptional: boolean;
  readonly choices: readonly string[];
  readonly schema: z.ZodType;
}

interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, string>>;
}

/** The fields that a person is asked for, in the order of the schema. Those that front ends fill in are left out. */
export function fieldsOf(operation: AnyOperation): InputField[] {
  const shape = operation.input.shape as Readonly<Record<string, z.ZodType>>;
  return Object.entries(shape).flatMap(([name, schema]) => readField(name, schema) ?? []);
}

/** One field of an operation's input. */
export function fieldOf(operation: AnyOperation, name: string): InputField {
  const schema: z.ZodType | undefined = operation.input.shape[name];
  const field = schema === undefined ? undefined : readField(name, schema, true);
  if (field === undefined) throw new Error(`${operation.id} has no input ${name}`);
  return field;
}

/** Title and description lie on the schema itself or on one that it wraps; the outer words win. */
function readField(name: string, schema: z.ZodType, evenHidden = false): InputField | undefined {
  let meta: Readonly<Record<string, unknown>> = {};
  let inner = schema;
  for (;;) {
    meta = { ...inner.meta(), ...meta };
    const def = inner.def as Definition;
    const next = def.innerType ?? def.in;
    if (next !== undefined) {
      inner = next;
      continue;
    }
    if (meta.flag === null && !evenHidden) return undefined;
    return {
      name,
      title: typeof meta.title === "string" ? meta.title : readable(name),
      description: typeof meta.description === "string" ? meta.description : undefined,
      kind: def.type === "literal" ? typeof def.values?.[0] : def.type === "int" ? "number" : def.type,
      isOptional: schema.safeParse(undefined).success,
      choices: Object.values(def.entries ?? {}),
      schema,
    };
  }
}

/** `keyName` → "Key name" */
function readable(field: string): string {
  const words = field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
