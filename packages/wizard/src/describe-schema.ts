import type { z } from "zod";

/** What a question has to know of a schema. */
export interface Description {
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** "string", "boolean", "number", "enum", "array", … */
  readonly kind: string;
  readonly choices: readonly string[];
  /** Front ends fill it in themselves: the person isn't asked. */
  readonly isHidden: boolean;
}

/** The part of a zod schema that is read here. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, string>>;
}

/** The words lie on the schema itself or on one that it wraps (an optional one, one with a default); outer ones win. */
export function describeSchema(schema: z.ZodType): Description {
  let meta: Readonly<Record<string, unknown>> = {};
  let inner = schema;
  for (;;) {
    meta = { ...inner.meta(), ...meta };
    const def = inner.def as Definition;
    const next = def.innerType ?? def.in;
    if (next === undefined) {
      return {
        title: textOf(meta.title),
        description: textOf(meta.description),
        kind: kindOf(def),
        choices: Object.values(def.entries ?? {}),
        isHidden: meta.flag === null,
      };
    }
    inner = next;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** What may be `true` and nothing else is asked as yes or no, too. */
function kindOf({ type, values }: Definition): string {
  if (type === "literal") return typeof values?.[0];
  return type === "int" ? "number" : type;
}
