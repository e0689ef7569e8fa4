import { type AnyOperation, checkText, inputField, parseText } from "@hexuser/core";
import { confirm } from "./confirm.ts";
import { askText } from "./questions/ask-text.ts";
import { answerAlone } from "./questions/back.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Asks for one field of an operation's input, with the question that its schema holds, until the answer passes
 * the schema. A field that may be true or false is asked as yes or no.
 *
 * @example const username = await askInput(register, "username", terminal);
 */
export async function askInput(operation: AnyOperation, name: string, terminal: Terminal): Promise<unknown> {
  const field = inputField(operation, name);
  if (field.kind === "boolean") return confirm(`${field.title}?`, { ...terminal, default: false });
  const check = (text: string) => checkText(field, text);
  return parseText(field, await answerAlone(askText(terminal, { message: field.title, check })));
}
