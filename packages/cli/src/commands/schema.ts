import {
  type AnyOperation,
  defineOperation,
  fail,
  hexuserJsonSchema,
  hint,
  nearest,
  operationJsonSchema,
} from "@hexuser/core";
import { z } from "zod";
import { operations } from "../operations/index.ts";
import { toSafeJson } from "../text/escape-text.ts";

/** `hexuser schema` */
export const schemaCommand: AnyOperation = defineOperation({
  id: "schema",
  summary: "Print the JSON Schema of calls and outcomes",
  description:
    "Prints a JSON Schema (draft 2020-12) of all calls, outcomes, events and failures, or of one operation alone.",
  examples: [{ means: "Describe the calls of one operation", input: { id: "key.generate" } }],
  effect: "read",
  input: z.strictObject({
    id: z.string().optional().describe("The operation, as `hexuser operations` lists it").meta({ arg: true }),
  }),
  answers: [],
  output: z.strictObject({ schema: z.unknown() }),
  show: ({ schema }) => ({ text: toSafeJson(schema) }),
  reach: "program",
  async run({ id }) {
    return { schema: schemaOf(id) };
  },
});

function schemaOf(id: string | undefined) {
  if (id === undefined) return hexuserJsonSchema(operations);
  const operation = operations.find((one) => one.id === id);
  if (operation !== undefined) return operationJsonSchema(operation);
  const near = nearest(
    id,
    operations.map((one) => one.id),
  );
  const list = hint`\`hexuser operations\` lists them.`;
  throw fail("invalid_input", `There is no operation “${id.slice(0, 60)}”.`, {
    hint: near === undefined ? list : hint`did you mean ${near}? Otherwise ${list}`,
  });
}
