import type { Terminal } from "../terminal.ts";
import { asksBack, type Back, back } from "./back.ts";
import { readPlainLine } from "./plain-line.ts";
import { answeredMark, answerStyle, breakQuestion, runQuestion } from "./run-question.ts";

/** Asks a question that is answered with yes or no. */
export async function askYesNo(
  terminal: Terminal,
  { message, preset }: { readonly message: string; readonly preset: boolean },
): Promise<boolean | Back> {
  if (!terminal.isPlain) {
    const { default: confirm } = await import("@inquirer/confirm");
    const config = {
      message: breakQuestion(terminal, message, "(Y/n)"),
      default: preset,
      theme: { prefix: answeredMark, style: { answer: answerStyle(terminal, message) } },
    };
    const answer = await runQuestion(terminal, (context) => confirm(config, context));
    return typeof answer === "boolean" ? answer : back;
  }
  const question = `${message} Type yes or no (Enter for ${preset ? "yes" : "no"}):`;
  for (;;) {
    const typed = ((await readPlainLine(terminal, question)) ?? "").trim().toLowerCase();
    if (asksBack(terminal, typed)) return back;
    if (typed === "") return preset;
    if ("yes".startsWith(typed)) return true;
    if ("no".startsWith(typed)) return false;
    terminal.output.write("Not accepted. Type yes or no.\n");
  }
}
