import { breakText } from "../screen.ts";
import type { Terminal } from "../terminal.ts";
import { asksBack, type Back, back } from "./back.ts";
import { readPlainLine } from "./plain-line.ts";
import { answeredMark, answerStyle, breakQuestion, runQuestion } from "./run-question.ts";

/** An entry of a list. */
export interface Choice<T> {
  readonly value: T;
  readonly name: string;
  /** The meaning of the choice. */
  readonly means?: string | undefined;
}

/** A question that the person answers by choosing an entry of a list. */
export interface ChoiceQuestion<T> {
  readonly message: string;
  readonly choices: readonly Choice<T>[];
  readonly preset?: T | undefined;
  /** The list ends with an entry that goes back. */
  readonly canGoBack?: boolean;
}

/** Lets the person choose an entry with the arrow keys, or in plain mode by its number. */
export async function askChoice<T>(
  terminal: Terminal,
  { message, choices, preset, canGoBack = terminal.canGoBack }: ChoiceQuestion<T>,
): Promise<T | Back> {
  const all: Choice<T | Back>[] = [
    ...choices,
    ...(canGoBack ? [{ value: back, name: "Back", means: "To the question before" } as const] : []),
  ];
  if (terminal.isPlain) return choosePlainly(terminal, message, all, preset);
  const { default: select } = await import("@inquirer/select");
  const config = {
    message: breakQuestion(terminal, message),
    choices: all.map(({ value, name, means }) => ({
      value: value as T | Back,
      name,
      ...(means === undefined ? {} : { description: breakText(means, terminal.columns() - 1).join("\n") }),
    })),
    ...(preset === undefined ? {} : { default: preset as T | Back }),
    pageSize: 12,
    loop: false,
    theme: { prefix: answeredMark, style: { answer: answerStyle(terminal, message) } },
  };
  const chosen = await runQuestion(terminal, (context) => select<T | Back>(config, context));
  return chosen === undefined ? back : chosen;
}

async function choosePlainly<T>(
  terminal: Terminal,
  message: string,
  choices: readonly Choice<T | Back>[],
  preset: T | undefined,
): Promise<T | Back> {
  const write = (text: string) =>
    terminal.output.write(`${breakText(text, terminal.columns()).join("\n")}\n`);
  write(message);
  choices.forEach(({ name, means }, index) => {
    write(`${index + 1}. ${name}${means === undefined ? "" : `: ${means}`}`);
  });
  const offered = preset === undefined ? -1 : choices.findIndex(({ value }) => value === preset);
  const offer = offered < 0 ? "" : ` (Enter for ${offered + 1})`;
  for (;;) {
    const question = `Type a number from 1 to ${choices.length}${offer}:`;
    const typed = ((await readPlainLine(terminal, question)) ?? "").trim();
    if (asksBack(terminal, typed)) return back;
    const chosen = choices[typed === "" ? offered : Number(typed) - 1];
    if (chosen !== undefined) return chosen.value;
    terminal.output.write(`Not accepted. There is no number “${typed.slice(0, 20)}” in the list.\n`);
  }
}
