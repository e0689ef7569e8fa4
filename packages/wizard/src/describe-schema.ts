import type { z } from "zod";

/** What a question has to know of a schema. */
export interface Description {
  readonly title: string | undefined;
  /** "string", "boolean", "array", … */
  readonly kind: string;
}

/** The part of a zod schema that is read here. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly values?: readonly unknown[];
}

/** The title lies on the schema itself or on one that it wraps (an optional one, one with a default). */
export function describeSchema(schema: z.ZodType): Description {
  let title: string | undefined;
  let inner = schema;
  for (;;) {
    title ??= inner.meta()?.title;
    const def = inner.def as Definition;
    const next = def.innerType ?? def.in;
    if (next === undefined) return { title, kind: kindOf(def) };
    inner = next;
  }
}

/** What may be `true` and nothing else is asked as yes or no, too. */
function kindOf({ type, values }: Definition): string {
  return type === "literal" ? typeof values?.[0] : type;
}
