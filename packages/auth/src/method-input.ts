import { fail, inPredicates } from "@hexuser/core";
import { z } from "zod";

/** An API key that the person gives. */
export const apiKey = z
  .string()
  .trim()
  .max(4096)
  .regex(/^[\x21-\x7e]+$/, "is not an API key: no key has spaces or such characters");

/** The scopes of a limited session. */
export const requestedScope = z
  .array(z.string().regex(/^[a-z:]{1,60}$/))
  .min(1)
  .optional();

/** Checks the input of a method. Fails with `invalid_input`, which names the fields but never their values. */
export function readInput<T extends z.ZodObject>(schema: T, input: unknown): z.output<T> {
  const { data, error } = schema.safeParse(input, inPredicates);
  if (error === undefined) return data;
  const issues = error.issues.map(({ path, message }) => ({ path: path.map(String), message }));
  const lines = issues.map(({ path, message }) => `${path.join(".") || "input"}: ${message}`);
  throw fail("invalid_input", lines.join("\n"), { details: { issues } });
}
