import { runPrompt, type Terminal } from "./prompt.ts";

/**
 * Asks a question that is answered with yes or no.
 *
 * @example if (await confirm("Do you accept them?", { default: false })) …
 */
export async function confirm(
  question: string,
  { default: preset, ...terminal }: Terminal & { readonly default: boolean },
): Promise<boolean> {
  const { default: ask } = await import("@inquirer/confirm");
  return runPrompt(terminal, (context) => ask({ message: question, default: preset }, context));
}

/**
 * Asks a question that is answered with a word, seen while it's typed.
 *
 * @example const typed = await askTyped("Type the account's name:", { signal });
 */
export async function askTyped(question: string, terminal: Terminal = {}): Promise<string> {
  const { default: ask } = await import("@inquirer/input");
  return (await runPrompt(terminal, (context) => ask({ message: question }, context))).trim();
}
