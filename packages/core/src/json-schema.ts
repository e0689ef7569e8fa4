import { z } from "zod";
import { answersSchema } from "./answers.ts";
import { outcomeSchema } from "./call-schema.ts";
import { eventSchema } from "./event.ts";
import type { AnyOperation } from "./operation.ts";

/** A JSON Schema (draft 2020-12) as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const dialect = "https://json-schema.org/draft/2020-12/schema";

/** What fields say of themselves for command lines alone. */
const forCommandLines = ["flag", "arg", "env", "char", "valueName"];

/**
 * The schemas of one operation, under `$defs`: `call` and `outcome`, and what they refer to. A field that is secret
 * says so with the keyword `secret`: `never` is never printed or kept, `once` is given to whoever asked and to nobody
 * else.
 */
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
    })
    .describe(operation.summary);
}

/** Each schema by its name; what they share stands beside them, once. */
function definitions(named: Readonly<Record<string, Definition>>): JsonSchema {
  const own: Record<string, unknown> = {};
  const shared: Record<string, unknown> = {};
  for (const [name, [schema, io]] of Object.entries(named)) {
    const { $schema, $defs = {}, ...rest } = z.toJSONSchema(schema, { io, override: leaveOutFlags });
    own[name] = rest.$ref === undefined ? rest : $defs[name];
    Object.assign(shared, $defs);
  }
  // What has no name of its own is any JSON, which refers to itself.
  const text = JSON.stringify({ ...own, ...shared, ...own }).replaceAll("__schema0", "json");
  return JSON.parse(text) as JsonSchema;
}

function leaveOutFlags({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void {
  for (const name of forCommandLines) delete jsonSchema[name];
}
