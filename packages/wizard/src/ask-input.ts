import type { AnyOperation } from "@hexuser/core";
import { confirm } from "./confirm.ts";
import { checkText, fieldOf, toValue } from "./input-field.ts";
import { runPrompt, type Terminal } from "./prompt.ts";

/**
 * Asks for one field of an operation's input, with the question that its schema holds, until the answer passes
 * the schema. A field that may be true or false is asked as yes or no.
 *
 * @example const username = await askInput(register, "username", { signal });
 */
export async function askInput(
  operation: AnyOperation,
  name: string,
  terminal: Terminal = {},
): Promise<unknown> {
  const field = fieldOf(operation, name);
  if (field.kind === "boolean") return confirm(`${field.title}?`, { ...terminal, default: false });
  const { default: input } = await import("@inquirer/input");
  const typed = await runPrompt(terminal, (context) =>
    input({ message: `${field.title}:`, validate: (text) => checkText(field, text) }, context),
  );
  return toValue(field, typed);
}
