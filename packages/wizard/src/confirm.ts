import { askText } from "./questions/ask-text.ts";
import { askYesNo } from "./questions/ask-yes-no.ts";
import { answerAlone } from "./questions/back.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Asks a yes or no question for a command.
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
 * Asks a command's question for a word, which is visible while the person types.
 *
 * @example const typed = await askTyped("Type the account's name", terminal);
 */
export function askTyped(question: string, terminal: Terminal): Promise<string> {
  return answerAlone(askText(terminal, { message: question }));
}
