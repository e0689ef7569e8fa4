import { type AnyOperation, inputFields } from "@hexuser/core";
import { z } from "zod";
import { operations } from "../operations/index.ts";
import { handsOver } from "../output/lost-secret.ts";
import { destinationSchema } from "./save-key.ts";
import { type JsonSchema, markedOutputSchema, withoutSecretFields } from "./tool-schema.ts";

/** An operation as a model sees it. */
export interface Tool {
  readonly operation: AnyOperation;
  /** `key_generate` */
  readonly name: string;
  /** What it takes: nothing that isn't for a model to decide. */
  readonly takes: z.ZodObject;
  readonly output: JsonSchema;
  /** The output as the operation has it, with what is secret marked. */
  readonly marked: JsonSchema;
}

/** What a front end may be allowed besides reading. */
export type Allowance = "write" | "destroy";

/** The tools that are offered; what isn't allowed isn't there. */
export function offeredTools(allow: readonly Allowance[]): readonly Tool[] {
  return operations
    .filter(({ effect }) => effect === "read" || allow.includes(effect))
    .map((operation) => {
      const marked = markedOutputSchema(
        handsOver(operation)
          ? operation.output.extend({ savedTo: z.string().describe("Where the secret is") })
          : operation.output,
      );
      return {
        operation,
        name: operation.id.replaceAll(".", "_"),
        takes: takenInput(operation),
        output: withoutSecretFields(marked),
        marked,
      };
    });
}

function takenInput(operation: AnyOperation): z.ZodObject {
  const own = operation.input as z.ZodObject;
  // These are decided here, or by the person, and never by a model.
  const names = inputFields(operation)
    .filter(({ name, fact }) => fact === "unattended" || name === operation.terms)
    .map(({ name }) => name);
  const taken = own.omit(Object.fromEntries(names.map((name) => [name, true])) as Record<string, never>);
  return handsOver(operation) ? taken.extend(destinationSchema.shape) : taken;
}
