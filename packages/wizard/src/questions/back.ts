import type { Terminal } from "../terminal.ts";

/** What a question gives in place of an answer when the person wants to go one step back. */
export const back = Symbol("back");
export type Back = typeof back;

/** What is typed, and sent with Enter, to go back: every terminal has it, and no name or code begins with it. */
const backKey = "<";

/** Whether what was typed asks to go back. */
export function asksBack({ canGoBack }: Pick<Terminal, "canGoBack">, typed: string): boolean {
  return canGoBack && typed.trim() === backKey;
}

/** The answer to a question on a terminal that has nothing to go back to. */
export async function answerAlone<T>(asked: Promise<T | Back>): Promise<T> {
  const answer = await asked;
  if (answer === back) throw new Error("A question went back although there is nothing to go back to.");
  return answer as T;
}
