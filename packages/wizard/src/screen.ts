import { styleText } from "node:util";
import { type AnyOperation, type Failure, type Hint, phraseHint } from "@hexuser/core";
import type { WizardHost } from "./host.ts";

/** Writes text between the questions. It escapes the text and wraps it at the terminal's width. */
export interface Screen {
  /** Writes paragraphs. A line end inside a paragraph comes from a name, so it's escaped. */
  say(...paragraphs: readonly string[]): void;
  /**
   * Writes an operation's text of one or several lines. It indents later lines, so that they can't look like lines of
   * hexuser.
   */
  tell(text: string): void;
  heading(text: string): void;
  warn(text: string): void;
  /** Says why an answer wasn't accepted. */
  refusal(text: string): void;
  /** Says what to do next. */
  advise(hint: Hint): void;
  failure(failure: Pick<Failure, "message" | "hint">): void;
  /** The output of an operation, as its command shows it. */
  output(operation: AnyOperation, output: Readonly<Record<string, unknown>>): void;
  /** Writes addresses, codes and commands. They are indented and never broken, so that people can copy them. */
  verbatim(...lines: readonly string[]): void;
  gap(): void;
}

type Format = Parameters<typeof styleText>[0];

/** Makes the screen for the host's terminal. */
export function createScreen({
  terminal,
  escapeText,
  nameMention,
  renderOutput,
  linkAddresses,
}: Pick<WizardHost, "terminal" | "escapeText" | "nameMention" | "renderOutput" | "linkAddresses">): Screen {
  const write = (line: string) => terminal.output.write(`${linkAddresses(line)}\n`);
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
    output(operation, output) {
      const { data, notices, warnings } = renderOutput(operation, output);
      // Lists are laid out for this width, and escaped.
      if (data !== undefined) write(data);
      for (const text of notices) paragraph(text);
      for (const text of warnings) paragraph(`Warning: ${text}`, "yellow");
    },
    verbatim: (...texts) => {
      for (const line of texts) write(`  ${escapeText(line)}`);
    },
    gap: () => write(""),
  };
}

/**
 * Breaks a line between words so that it fits. Later lines are indented as far as the first one, including its number.
 * A word that is longer than the line (an address) stays whole.
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
