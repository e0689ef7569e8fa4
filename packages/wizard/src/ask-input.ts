import { type AnyOperation, type Context, inputField } from "@hexuser/core";
import { askField } from "./ask-field.ts";
import { answerAlone } from "./questions/back.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Asks for one field of an operation's input, with the question from its schema, until the answer fits the schema.
 *
 * @param ctx the values from which the field's suggestion may be made
 * @example const username = await askInput(register, "username", terminal);
 */
export async function askInput(
  operation: AnyOperation,
  name: string,
  terminal: Terminal,
  ctx: Partial<Pick<Context, "hostname">> = {},
): Promise<unknown> {
  const field = inputField(operation, name);
  return answerAlone(askField(field, terminal, { preset: field.preset?.(ctx) }));
}
