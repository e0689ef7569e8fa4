import type { Terminal } from "../terminal.ts";

/** The result of a question if the person wants to go back. */
export const back = Symbol("back");
export type Back = typeof back;

/** The person types this and presses Enter to go back. Every keyboard has it, and no name or code begins with it. */
const backKey = "<";

/** Tells whether the typed text asks to go back. */
export function asksBack({ canGoBack }: Pick<Terminal, "canGoBack">, typed: string): boolean {
  return canGoBack && typed.trim() === backKey;
}

/** Returns the answer to a question on a terminal that can't go back. */
export async function answerAlone<T>(asked: Promise<T | Back>): Promise<T> {
  const answer = await asked;
  if (answer === back) throw new Error("A question went back although there is nothing to go back to.");
  return answer as T;
}
