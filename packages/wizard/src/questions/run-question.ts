import { styleText } from "node:util";
import { fail } from "@hexuser/core";
import { breakText } from "../screen.ts";
import type { Terminal } from "../terminal.ts";
import { asksBack, type Back, back } from "./back.ts";
import { type PromptContext, runPrompt } from "./run-prompt.ts";
import { tidyInput } from "./tidy-input.ts";

/** The context of a question's prompt. */
interface QuestionContext extends PromptContext {
  readonly clearPromptOnDone: boolean;
}

interface Key {
  readonly name?: string | undefined;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
}

/** The mark of a typed answer. It is no green tick, because the registry may still refuse the answer. */
export const answeredMark = { idle: styleText("blue", "?"), done: "•" };

/**
 * The style of the answer that stays after a question. An answer that doesn't fit beside the question gets lines of its own,
 * because Inquirer breaks lines at the last column.
 */
export function answerStyle(terminal: Terminal, message: string) {
  const last = message.split("\n").at(-1) ?? "";
  return (answer: string) => {
    const fits = "• ".length + last.length + 1 + answer.length < terminal.columns();
    const lines = fits ? answer : `\n${breakText(`  ${answer}`, terminal.columns() - 1).join("\n")}`;
    return terminal.hasColors ? styleText("cyan", lines, { validateStream: false }) : lines;
  };
}

/**
 * Breaks a question between words, because Inquirer breaks lines at the last column.
 *
 * @param tail the text that Inquirer writes after the question; it stays together
 */
export function breakQuestion(terminal: Terminal, message: string, tail = ""): string {
  const last = tail.replaceAll(" ", "\u00a0");
  const text = breakText(`? ${message} ${last}`, terminal.columns()).join("\n");
  return text.slice("? ".length, text.length - last.length).replace(/ $/, "");
}

/**
 * Runs one prompt of Inquirer with `runPrompt`, and adds two keys: Esc interrupts, as Ctrl-C does, and “<” with Enter
 * goes back if the terminal can. `ended` ends the question from outside; the result is then `undefined`.
 */
export async function runQuestion<T>(
  terminal: Terminal,
  prompt: (context: QuestionContext) => Promise<T>,
  ended?: AbortSignal,
): Promise<T | Back | undefined> {
  const tidy = tidyInput(terminal.keyboard);
  const stop = new AbortController();
  const signals = [stop.signal, terminal.signal, ...(ended === undefined ? [] : [ended])];
  let isBack = false;
  let typed = "";
  const watch = (text: string | undefined, key: Key) => {
    if (key.name === "escape") {
      stop.abort();
    } else if (key.name === "return" || key.name === "enter") {
      isBack = asksBack(terminal, typed);
      typed = "";
      if (isBack) stop.abort();
    } else if (key.name === "backspace") {
      typed = typed.slice(0, -1);
    } else {
      typed = key.ctrl === true || key.meta === true || text === undefined ? "" : typed + text;
    }
  };
  tidy.stream.on("keypress", watch);
  const isOver = terminal.status.hide();
  try {
    const asked = { input: tidy.stream, output: terminal.output, signal: AbortSignal.any(signals) };
    return await runPrompt(asked, ({ input, output, signal }) =>
      prompt({
        input,
        output,
        signal,
        // Inquirer reads it at the end of the prompt. Remove an unanswered question from the screen.
        get clearPromptOnDone() {
          return isBack || (ended?.aborted ?? false);
        },
      }),
    );
  } catch (error) {
    if (isBack) return back;
    if (ended?.aborted === true && !stop.signal.aborted && !terminal.signal.aborted) return undefined;
    throw stop.signal.aborted ? fail("interrupted", "Interrupted.", { cause: error }) : error;
  } finally {
    isOver();
    tidy.close();
  }
}
