import { z } from "zod";
import { answersSchema } from "./answers.ts";
import { failureSchema } from "./failure-schema.ts";
import { lazily } from "./lazily.ts";
import type { AnyOperation } from "./operation.ts";

/** A call as data; a front end may read it from anywhere. */
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
    z.strictObject({ ok: z.literal(true), output: operation.output as z.ZodObject }),
    z.strictObject({ ok: z.literal(false), failure: failureSchema() }),
  ]);
}
