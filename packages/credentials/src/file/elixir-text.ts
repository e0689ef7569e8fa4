import { escapedPoint } from "./elixir-scanner.ts";
import { isCodePoint } from "./erlang-term.ts";
import { type Scanner, syntaxError, take, takeMatch } from "./term-scanner.ts";

/** What text stands in: a string or a quoted atom, a list of characters. */
export type Quote = '"' | "'";

/**
 * Reads `"text"`, `'text'` or a heredoc, with the escapes of Elixir.
 *
 * @returns the bytes of the text: `\xFF` is a byte of its own, so they may be no UTF-8
 */
export function readText(scanner: Scanner, quote: Quote): Uint8Array {
  return scanner.text.startsWith(quote.repeat(3), scanner.at)
    ? readHeredoc(scanner, quote.repeat(3))
    : readQuotedText(scanner, quote);
}

/** Reads `"text"` or `'text'`, and no heredoc: keys and atoms can't be heredocs. */
export function readQuotedText(scanner: Scanner, quote: Quote): Uint8Array {
  const parts: string[] = [];
  const end = findQuote(scanner, quote);
  scanner.at += 1;
  readEscaped(scanner, end, parts);
  scanner.at += 1;
  return toBytes(parts);
}

function findQuote(scanner: Scanner, quote: Quote): number {
  const { text } = scanner;
  for (let at = scanner.at + 1; at < text.length; at += 1) {
    if (text[at] === quote) {
      return at;
    }
    at += text[at] === "\\" ? 1 : 0;
  }
  throw syntaxError(scanner, "a text that begins here has no closing quotation mark");
}

/** The white space before the closing marks is what every line loses. */
function readHeredoc(scanner: Scanner, marks: string): Uint8Array {
  const { text } = scanner;
  const opening = scanner.at;
  scanner.at += marks.length;
  if (takeMatch(scanner, /[ \t]*\r?\n/y) === undefined) {
    throw syntaxError(scanner, `a line break is missing after ${marks}`);
  }
  const lines: { readonly start: number; readonly end: number }[] = [];
  for (let start = scanner.at; ; ) {
    const indentation = measureIndentation(text, start);
    if (text.startsWith(marks, start + indentation)) {
      const parts: string[] = [];
      for (const line of lines) {
        scanner.at = line.start + Math.min(indentation, measureIndentation(text, line.start));
        readEscaped(scanner, line.end, parts);
      }
      scanner.at = start + indentation + marks.length;
      return toBytes(parts);
    }
    const end = text.indexOf("\n", start) + 1;
    if (end === 0) {
      throw syntaxError({ text, at: opening }, `a text that begins here has no closing ${marks}`);
    }
    lines.push({ start, end });
    start = end;
  }
}

function measureIndentation(text: string, start: number): number {
  let end = start;
  while (text[end] === " " || text[end] === "\t") {
    end += 1;
  }
  return end - start;
}

/** Reads to `end`. Of what it adds to the parts, each character is a byte. Text that interpolates code is refused. */
function readEscaped(scanner: Scanner, end: number, parts: string[]): void {
  const { text } = scanner;
  let start = scanner.at;
  while (scanner.at < end) {
    if (text.startsWith("#{", scanner.at)) {
      throw syntaxError(scanner, "a text holds Elixir code, and nothing is evaluated");
    }
    if (text[scanner.at] === "\\") {
      parts.push(encode(text.slice(start, scanner.at)));
      scanner.at += 1;
      parts.push(readEscape(scanner));
      start = scanner.at;
    } else {
      scanner.at += 1;
    }
  }
  parts.push(encode(text.slice(start, end)));
}

/** What follows a backslash, each character a byte. */
function readEscape(scanner: Scanner): string {
  if (take(scanner, "\n") || take(scanner, "\r\n")) {
    return "";
  }
  const byte = takeMatch(scanner, /x[0-9a-fA-F]{1,2}/y);
  if (byte !== undefined) {
    return String.fromCharCode(Number.parseInt(byte.slice(1), 16));
  }
  const unicode = takeMatch(scanner, /u[0-9a-fA-F]{4}|[ux]\{[0-9a-fA-F]{1,6}\}/y);
  if (unicode !== undefined) {
    const point = Number.parseInt(unicode.replace(/[ux{}]/g, ""), 16);
    if (!isCodePoint(point)) {
      throw syntaxError(scanner, "a character doesn't exist in Unicode");
    }
    return encode(String.fromCodePoint(point));
  }
  const char = String.fromCodePoint(scanner.text.codePointAt(scanner.at) ?? 0);
  if (char === "u" || char === "x") {
    throw syntaxError(scanner, "an escape sequence is not complete");
  }
  scanner.at += char.length;
  return encode(String.fromCodePoint(escapedPoint(char)));
}

function encode(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function toBytes(parts: readonly string[]): Uint8Array {
  // A copy: small buffers share their memory with others.
  return new Uint8Array(Buffer.from(parts.join(""), "latin1"));
}
