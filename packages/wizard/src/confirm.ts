import { askText } from "./questions/ask-text.ts";
import { askYesNo } from "./questions/ask-yes-no.ts";
import { answerAlone } from "./questions/back.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Asks a question of a command that is answered with yes or no.
 *
 * @example if (await confirm("Do you accept them?", { ...terminal, default: false })) …
 */
export function confirm(
  question: string,
  { default: preset, ...terminal }: Terminal & { readonly default: boolean },
): Promise<boolean> {
  return answerAlone(askYesNo(terminal, { message: question, preset }));
}

/**
 * Asks a question of a command that is answered with a word, seen while it's typed.
 *
 * @example const typed = await askTyped("Type the account's name", terminal);
 */
export function askTyped(question: string, terminal: Terminal): Promise<string> {
  return answerAlone(askText(terminal, { message: question }));
}
