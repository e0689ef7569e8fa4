/** What a question gives in place of an answer when the person wants to go one step back. */
export const back = Symbol("back");
export type Back = typeof back;

/** What is typed, and sent with Enter, to go back: every terminal has it, and no name or code begins with it. */
export const backKey = "<";

/** Whether what was typed asks to go back. */
export function isBackKey(typed: string): boolean {
  return typed.trim() === backKey;
}
