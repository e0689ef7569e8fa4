import { styleText } from "node:util";
import { type Failure, type Hint, phraseHint } from "@hexuser/core";
import type { WizardHost } from "./host.ts";

/** What is written between the questions. Text is escaped, and broken at the terminal's width, here. */
export interface Screen {
  /** Paragraphs. A line end in one was in a name, and is escaped. */
  say(...paragraphs: readonly string[]): void;
  /** What an operation says, in one line or several; later ones are indented, so that none can pass for one of ours. */
  tell(text: string): void;
  heading(text: string): void;
  warn(text: string): void;
  /** Why an answer wasn't accepted. */
  refusal(text: string): void;
  /** What to do next. */
  advise(hint: Hint): void;
  failure(failure: Pick<Failure, "message" | "hint">): void;
  /** Addresses, codes and commands: indented, never broken, so that they can be copied. */
  verbatim(...lines: readonly string[]): void;
  gap(): void;
}

type Format = Parameters<typeof styleText>[0];

/** Makes what writes on the host's terminal. */
export function createScreen({
  terminal,
  escapeText,
  nameMention,
}: Pick<WizardHost, "terminal" | "escapeText" | "nameMention">): Screen {
  const write = (line: string) => terminal.output.write(`${line}\n`);
  const style = (format: Format, text: string) =>
    terminal.hasColors ? styleText(format, text, { validateStream: false }) : text;
  const paragraph = (text: string, format?: Format) => {
    for (const part of breakText(escapeText(text), terminal.columns())) {
      write(format === undefined ? part : style(format, part));
    }
  };
  const lines = (text: string, format?: Format) => {
    text.split("\n").forEach((line, index) => {
      paragraph(index === 0 ? line : `  ${line}`, format);
    });
  };
  const advise = (hint: Hint) => lines(`To fix: ${phraseHint(hint, nameMention)}`);
  return {
    say: (...paragraphs) => {
      for (const text of paragraphs) paragraph(text);
    },
    tell: (text) => lines(text),
    heading: (text) => paragraph(text, "bold"),
    warn: (text) => lines(`Warning: ${text}`, "yellow"),
    refusal: (text) => lines(text, "red"),
    advise,
    failure({ message, hint }) {
      lines(`Error: ${message}`, "red");
      if (hint !== undefined) advise(hint);
    },
    verbatim: (...texts) => {
      for (const line of texts) write(`  ${escapeText(line)}`);
    },
    gap: () => write(""),
  };
}

/**
 * Breaks a line between words so that it fits; later lines are indented as far as the first one, its number
 * included. A word that is longer than the line (an address) is left whole.
 */
export function breakText(text: string, columns: number): string[] {
  const lead = /^\s*(?:\d+\. )?/.exec(text)?.[0] ?? "";
  const indent = " ".repeat(lead.length);
  const lines: string[] = [];
  let line = lead;
  let isEmpty = true;
  for (const word of text.slice(lead.length).split(" ")) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = indent + word;
    } else {
      line += isEmpty ? word : ` ${word}`;
    }
    isEmpty = false;
  }
  return [...lines, line];
}
