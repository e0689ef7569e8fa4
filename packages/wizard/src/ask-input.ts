import type { AnyOperation } from "@hexuser/core";
import type { z } from "zod";
import { confirm } from "./confirm.ts";
import { describeSchema } from "./describe-schema.ts";
import { runPrompt, type Terminal } from "./prompt.ts";

/**
 * Asks for one field of an operation's input, with the question that its schema holds, until the answer passes
 * the schema. A field that may be true or false is asked as yes or no.
 *
 * @example const username = await askInput(register, "username", { signal });
 */
export async function askInput(
  operation: AnyOperation,
  field: string,
  terminal: Terminal = {},
): Promise<unknown> {
  const schema: z.ZodType | undefined = operation.input.shape[field];
  if (schema === undefined) throw new Error(`${operation.id} has no input ${field}`);
  const { title = readable(field), kind } = describeSchema(schema);
  if (kind === "boolean") return confirm(`${title}?`, { ...terminal, default: false });
  const { default: input } = await import("@inquirer/input");
  const typed = await runPrompt(terminal, (context) =>
    input(
      {
        message: `${title}:`,
        validate: (value) => {
          const result = schema.safeParse(toInput(value, kind));
          return result.success || result.error.issues.map((issue) => issue.message).join("; ");
        },
      },
      context,
    ),
  );
  return toInput(typed, kind);
}

/** Several values are typed in one line, with spaces or commas between them. */
function toInput(typed: string, kind: string): unknown {
  return kind === "array" ? typed.split(/[\s,]+/).filter((part) => part !== "") : typed.trim();
}

/** `keyName` → "Key name" */
function readable(field: string): string {
  const words = field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
