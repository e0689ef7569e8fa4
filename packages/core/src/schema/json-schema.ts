import { z } from "zod";
import { answersSchema } from "../answers.ts";
import { deliverySchema, publishedOutput } from "../delivery.ts";
import { eventSchema } from "../event.ts";
import { failureSchema } from "../failure-schema.ts";
import { lazily } from "../lazily.ts";
import type { AnyOperation } from "../operation.ts";
import { type FieldMeta, handsOver } from "./read-schema.ts";

/** A call as data. Any front end may read it. */
export const callSchema = lazily(() =>
  z.strictObject({
    operation: z.string(),
    input: z.record(z.string(), z.json()),
    answers: answersSchema().optional(),
  }),
);
export type Call = z.output<ReturnType<typeof callSchema>>;

/** The schema of an operation's outcome. */
export function outcomeSchema(operation: AnyOperation) {
  return z.union([
    z.strictObject({ ok: z.literal(true), output: publishedOutput(operation) }),
    z.strictObject({ ok: z.literal(false), failure: failureSchema() }),
  ]);
}

/** A JSON Schema (draft 2020-12) as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const dialect = "https://json-schema.org/draft/2020-12/schema";

/** Keywords for hexuser's own front ends (see `FieldMeta`). */
const ownKeywords = [
  ...["flag", "arg", "env", "char", "valueName", "suggests", "completes", "fact", "secret"],
  ...["question", "offers", "preset", "isWorthAsking"],
] as const satisfies readonly (keyof FieldMeta)[];

/**
 * The JSON Schema of a schema's `input` or `output`, with the keywords of draft 2020-12 and no others. A secret that
 * hexuser takes and never returns is `writeOnly`.
 *
 * @param marks keeps the keyword `secret`, for a front end that acts on it
 */
export function toJsonSchema(schema: z.ZodType, io: "input" | "output", { marks = false } = {}) {
  return z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }: { jsonSchema: Record<string, unknown> }) => {
      if (jsonSchema.secret === "never" && !marks) jsonSchema.writeOnly = true;
      for (const name of ownKeywords) if (!marks || name !== "secret") delete jsonSchema[name];
    },
  });
}

/** The schemas of one operation, under `$defs`: `call` and `outcome`, and the schemas to which they refer. */
export function operationJsonSchema(operation: AnyOperation): JsonSchema {
  return {
    $schema: dialect,
    title: operation.id,
    description: `${operation.summary}. ${operation.description}`,
    $defs: definitions({
      call: [callOf(operation), "input"],
      outcome: [outcomeSchema(operation), "output"],
    }),
  };
}

/** The schemas of all calls, outcomes, events and failures, under `$defs`. */
export function hexuserJsonSchema(operations: readonly AnyOperation[]): JsonSchema {
  return {
    $schema: dialect,
    title: "hexuser",
    description: "The operations of hexuser: calls go in, outcomes come out, events are told meanwhile.",
    $defs: definitions({
      call: [z.union(operations.map(callOf)), "input"],
      outcome: [z.union(operations.map(outcomeSchema)), "output"],
      event: [eventSchema(), "output"],
    }),
  };
}

type Definition = readonly [schema: z.ZodType, io: "input" | "output"];

function callOf(operation: AnyOperation) {
  return z
    .strictObject({
      operation: z.literal(operation.id),
      input: operation.input as z.ZodObject,
      answers: answersSchema().optional(),
      ...(handsOver(operation) ? { deliver: deliverySchema().optional() } : {}),
    })
    .describe(operation.summary);
}

/** Makes `$defs` of the schemas, with a single copy of the parts that they share. */
function definitions(named: Readonly<Record<string, Definition>>): JsonSchema {
  const own: Record<string, unknown> = {};
  const shared: Record<string, unknown> = {};
  for (const [name, [schema, io]] of Object.entries(named)) {
    const { $schema, $defs = {}, ...rest } = toJsonSchema(schema, io);
    own[name] = rest.$ref === undefined ? rest : $defs[name];
    Object.assign(shared, $defs);
  }
  // The only part without a name is “any JSON”, which refers to itself.
  const text = JSON.stringify({ ...own, ...shared, ...own }).replaceAll("__schema0", "json");
  return JSON.parse(text) as JsonSchema;
}
