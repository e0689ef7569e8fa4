import { toJsonSchema } from "@hexuser/core";
import type { z } from "zod";

/** A JSON Schema (draft 2020-12), or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** The schema of an operation's output, with the keyword `secret` in its secret parts. */
export function markedOutputSchema(schema: z.ZodObject): JsonSchema {
  return toJsonSchema(schema, "output", { marks: true }) as JsonSchema;
}

/** Removes the secret fields from the schema, for a model. */
export function withoutSecretFields(marked: JsonSchema): JsonSchema {
  return transform(marked) as JsonSchema;

  function transform(part: unknown): unknown {
    if (Array.isArray(part)) return part.map(transform);
    if (typeof part !== "object" || part === null) return part;
    const { properties, required, ...rest } = part as JsonSchema;
    const others = Object.entries(rest).filter(([keyword]) => keyword !== "secret");
    const kept = Object.fromEntries(others.map(([keyword, value]) => [keyword, transform(value)]));
    if (typeof properties !== "object" || properties === null) {
      return required === undefined ? kept : { ...kept, required };
    }
    const open = Object.entries(properties).filter(([, field]) => !isSecret(field, marked));
    const names = open.map(([name]) => name);
    return {
      ...kept,
      properties: Object.fromEntries(open.map(([name, field]) => [name, transform(field)])),
      ...(Array.isArray(required) ? { required: required.filter((name) => names.includes(name)) } : {}),
    };
  }
}

/** Returns a copy of a value without the secret parts of its schema, at any depth. */
export function withoutSecrets(value: unknown, marked: JsonSchema, root: JsonSchema = marked): unknown {
  const variants = [marked.anyOf, marked.oneOf, marked.allOf].flatMap((list) =>
    Array.isArray(list) ? (list as JsonSchema[]) : [],
  );
  const referred = typeof marked.$ref === "string" ? [resolve(marked.$ref, root)] : [];
  const seen = [...referred, ...variants].reduce<unknown>(
    (rest, variant) => withoutSecrets(rest, variant, root),
    value,
  );
  if (Array.isArray(seen)) {
    const { items } = marked as { items?: JsonSchema };
    return items === undefined ? seen : seen.map((item) => withoutSecrets(item, items, root));
  }
  if (typeof seen !== "object" || seen === null) return seen;
  const fields = (marked.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const rest = marked.additionalProperties as JsonSchema | boolean | undefined;
  return Object.fromEntries(
    Object.entries(seen).flatMap(([name, field]) => {
      const schema = Object.hasOwn(fields, name) ? fields[name] : rest;
      if (typeof schema !== "object") return [[name, field]];
      return isSecret(schema, root) ? [] : [[name, withoutSecrets(field, schema, root)]];
    }),
  );
}

/** Tells whether a field is secret, may be secret, or is a list of secrets. */
function isSecret(schema: unknown, root: JsonSchema, seen = new Set<unknown>()): boolean {
  if (typeof schema !== "object" || schema === null || seen.has(schema)) return false;
  seen.add(schema);
  const { secret, anyOf = [], oneOf = [], allOf = [], items, $ref } = schema as JsonSchema;
  const parts = [
    anyOf,
    oneOf,
    allOf,
    items,
    typeof $ref === "string" ? resolve($ref, root) : undefined,
  ].flat();
  return secret !== undefined || parts.some((part) => isSecret(part, root, seen));
}

function resolve(ref: string, root: JsonSchema): JsonSchema {
  const name = /^#\/\$defs\/(.+)$/.exec(ref)?.[1] ?? "";
  const definitions = (root.$defs ?? {}) as Readonly<Record<string, JsonSchema>>;
  return ref === "#" ? root : (definitions[name] ?? {});
}
