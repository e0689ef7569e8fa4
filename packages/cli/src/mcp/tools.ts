import { type AnyOperation, handsOver, inputFields, publishedOutput } from "@hexuser/core";
import type { z } from "zod";
import { operations } from "../operations/index.ts";
import { destinationSchema } from "./save-key.ts";
import { type JsonSchema, markedOutputSchema, withoutSecretFields } from "./tool-schema.ts";

/** An operation as a model sees it. */
export interface Tool {
  readonly operation: AnyOperation;
  /** `key_generate` */
  readonly name: string;
  /** The input, without the fields that a model may not decide. */
  readonly takes: z.ZodObject;
  readonly output: JsonSchema;
  /** The schema of the operation's output, with its secrets marked. */
  readonly marked: JsonSchema;
}

/** The effects besides reading that a front end may allow. */
export type Allowance = "write" | "destroy";

/** The tools for a model. Operations that aren't allowed are absent. */
export function offeredTools(allow: readonly Allowance[]): readonly Tool[] {
  return operations
    .filter(({ effect }) => effect === "read" || allow.includes(effect))
    .map((operation) => {
      const marked = markedOutputSchema(publishedOutput(operation));
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
  // hexuser or the person decides these. A model never does.
  const names = inputFields(operation)
    .filter(({ name, fact }) => fact === "unattended" || name === operation.terms)
    .map(({ name }) => name);
  const taken = own.omit(Object.fromEntries(names.map((name) => [name, true])) as Record<string, never>);
  return handsOver(operation) ? taken.extend(destinationSchema.shape) : taken;
}
