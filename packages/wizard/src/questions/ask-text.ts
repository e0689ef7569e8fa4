import type { Terminal } from "../terminal.ts";
import { asksBack, type Back, back } from "./back.ts";
import { readPlainLine } from "./plain-line.ts";
import { answeredMark, answerStyle, breakQuestion, runQuestion } from "./run-question.ts";

/** A question that the person answers with a line of text. */
export interface TextQuestion {
  readonly message: string;
  /** The answer if the person types nothing. */
  readonly preset?: string | undefined;
  /** Returns `true`, or the complaint. It gets the text without white space at its ends. */
  check?(text: string): true | string;
}

/** Asks for a line of text, which is visible while the person types, until the check accepts it. */
export async function askText(
  terminal: Terminal,
  { message, preset, check = () => true }: TextQuestion,
): Promise<string | Back> {
  if (terminal.isPlain) return askPlainText(terminal, { message, preset, check });
  const { default: input } = await import("@inquirer/input");
  const config = {
    message: breakQuestion(terminal, `${message}:`, preset === undefined ? "" : `(${preset})`),
    ...(preset === undefined || preset === "" ? {} : { default: preset }),
    theme: { prefix: answeredMark, style: { answer: answerStyle(terminal, `${message}:`) } },
    validate: (text: string) => check(text.trim()),
    transformer: (text: string, { isFinal }: { isFinal: boolean }) => (isFinal ? text.trim() : text),
  };
  const typed = await runQuestion(terminal, (context) => input(config, context));
  return typeof typed === "string" ? typed.trim() : back;
}

async function askPlainText(
  terminal: Terminal,
  question: Required<Pick<TextQuestion, "check">> & TextQuestion,
) {
  const { message, preset = "", check } = question;
  const offer = preset === "" ? "" : ` (Enter for ${preset})`;
  for (;;) {
    const typed = ((await readPlainLine(terminal, `${message}${offer}:`)) ?? "").trim();
    if (asksBack(terminal, typed)) return back;
    const text = typed === "" ? preset : typed;
    const verdict = check(text);
    if (verdict === true) return text;
    terminal.output.write(`Not accepted. ${verdict}\n`);
  }
}
