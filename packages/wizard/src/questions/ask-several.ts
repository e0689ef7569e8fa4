import { breakText } from "../screen.ts";
import type { Terminal } from "../terminal.ts";
import type { Choice } from "./ask-choice.ts";
import { asksBack, type Back, back } from "./back.ts";
import { readPlainLine } from "./plain-line.ts";
import { answeredMark, answerStyle, breakQuestion, runQuestion } from "./run-question.ts";

/** A question that the person answers by choosing any number of entries of a list. */
export interface SeveralQuestion<T> {
  readonly message: string;
  readonly choices: readonly Choice<T>[];
  readonly preset: readonly T[];
  /** The complaint if nothing is chosen. Without it, the person may choose nothing. */
  readonly least?: string | undefined;
}

/** Lets the person choose any number of entries with the space bar, or in plain mode by their numbers. */
export async function askSeveral<T>(
  terminal: Terminal,
  question: SeveralQuestion<T>,
): Promise<readonly T[] | Back> {
  if (terminal.isPlain) return choosePlainly(terminal, question);
  const { message, choices, preset, least } = question;
  const { default: checkbox } = await import("@inquirer/checkbox");
  const config = {
    message: breakQuestion(terminal, message),
    choices: choices.map(({ value, name, means }) => ({
      value,
      name,
      checked: preset.includes(value),
      ...(means === undefined ? {} : { description: breakText(means, terminal.columns() - 1).join("\n") }),
    })),
    pageSize: 12,
    loop: false,
    validate: (chosen: readonly unknown[]) => chosen.length > 0 || (least ?? true),
    // Colour must not be the only sign. Every font has brackets, and screen readers read them out.
    theme: {
      prefix: answeredMark,
      style: { answer: answerStyle(terminal, message) },
      icon: { checked: "[x]", unchecked: "[ ]" },
    },
  };
  const chosen = await runQuestion(terminal, (context) => checkbox<T>(config, context));
  return Array.isArray(chosen) ? chosen : back;
}

async function choosePlainly<T>(
  terminal: Terminal,
  { message, choices, preset, least }: SeveralQuestion<T>,
): Promise<readonly T[] | Back> {
  const write = (text: string) =>
    terminal.output.write(`${breakText(text, terminal.columns()).join("\n")}\n`);
  write(message);
  choices.forEach(({ name, means }, index) => {
    write(`${index + 1}. ${name}${means === undefined ? "" : `: ${means}`}`);
  });
  const offered = choices
    .flatMap(({ value }, index) => (preset.includes(value) ? [index + 1] : []))
    .join(" ");
  const offer = offered === "" ? "" : ` (Enter for ${offered})`;
  for (;;) {
    const line = await readPlainLine(terminal, `Type the numbers, with spaces between them${offer}:`);
    const typed = (line ?? "").trim();
    if (asksBack(terminal, typed)) return back;
    const numbers = (typed === "" ? offered : typed).split(/[\s,]+/).filter((part) => part !== "");
    const chosen = [...new Set(numbers)].map((number) => choices[Number(number) - 1]);
    if (chosen.includes(undefined))
      terminal.output.write("Not accepted. Not all of these are in the list.\n");
    else if (chosen.length === 0 && least !== undefined) terminal.output.write(`Not accepted. ${least}\n`);
    else return chosen.flatMap((choice) => (choice === undefined ? [] : [choice.value]));
  }
}
