import { isCodePoint } from "./erlang-term.ts";
import {
  checkName,
  escapes,
  longestInteger,
  type Scanner,
  syntaxError,
  take,
  takeMatch,
  takeSigned,
  toFloat,
} from "./term-scanner.ts";

/** Operators that are atoms after a colon and keys before one, except that `::` is not a key. */
const operators = new Set(
  (
    "! @ % ^ & * - + = | . / < > != && ** -- -> ++ == =~ {} || |> \\\\ :: .. <- <= <> <~ >= ~> !== %{} ^^^ &&& --- " +
    "+++ === ||| ... <|> <<< <<~ <~> >>> ~>> ~~~ ..// <<>>"
  ).split(" "),
);
const longestOperator = 4;

/** Skips what Elixir allows between two tokens: white space, comments and backslashes at the end of a line. */
export function skipBlank(scanner: Scanner, lines: "across lines" | "in the line" = "across lines"): void {
  const { text } = scanner;
  for (;;) {
    const start = scanner.at;
    const char = text[start];
    if (char === " " || char === "\t") {
      scanner.at += 1;
    } else if (char === "#") {
      const end = text.indexOf("\n", start);
      scanner.at = end < 0 ? text.length : end;
    } else {
      const isContinued = take(scanner, "\\");
      const isNewLine = take(scanner, "\n") || take(scanner, "\r\n");
      if (!isNewLine || !(isContinued || lines === "across lines")) {
        scanner.at = start;
        return;
      }
    }
  }
}

/** Reads the name of an atom or a key without quotation marks, and without its colon: `name`, `valid?`, `+`. */
export function takeName(scanner: Scanner): string | undefined {
  const name = takeMatch(scanner, /[\p{ID_Start}_][\p{ID_Continue}@]*[?!]?/uy) ?? takeOperator(scanner);
  return name === undefined ? undefined : checkName(scanner, name);
}

function takeOperator(scanner: Scanner): string | undefined {
  for (let length = longestOperator; length > 0; length -= 1) {
    const candidate = scanner.text.slice(scanner.at, scanner.at + length);
    if (operators.has(candidate)) {
      scanner.at += candidate.length;
      return candidate;
    }
  }
  return undefined;
}

/** Takes the colon after the name of a key. White space must follow it. */
export function takeKeyColon(scanner: Scanner): boolean {
  return takeMatch(scanner, /:(?=[ \t\r\n])/y) !== undefined;
}

/** Reads an alias: `Hex.Config` is the atom `Elixir.Hex.Config`. */
export function takeAlias(scanner: Scanner): string | undefined {
  const alias = takeMatch(scanner, /[A-Z][a-zA-Z0-9_]*(?:[ \t\r\n]*\.[ \t\r\n]*[A-Z][a-zA-Z0-9_]*)*/y);
  if (alias === undefined) return undefined;
  const name = alias.replace(/[ \t\r\n]+/g, "");
  return checkName(scanner, name === "Elixir" || name.startsWith("Elixir.") ? name : `Elixir.${name}`);
}

/** Reads `42`, `- 7`, `1_000`, `0xFF`, `1.5e3` or `?a`; `undefined` if no number begins here. */
export function takeNumber(scanner: Scanner): bigint | number | undefined {
  return takeSigned(scanner, skipBlank, takeUnsigned);
}

function takeUnsigned(scanner: Scanner): bigint | number | undefined {
  const char = takeMatch(scanner, /\?(?:\\?.|\\)/suy)?.slice(1);
  if (char !== undefined) {
    return BigInt(char.length > 1 && char[0] === "\\" ? escapedPoint(char.slice(1)) : pointOf(char));
  }
  const based = takeMatch(
    scanner,
    /0(?:x[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|o[0-7]+(?:_[0-7]+)*|b[01]+(?:_[01]+)*)/y,
  );
  if (based !== undefined) return toInteger(scanner, based);
  const digits = takeMatch(scanner, /[0-9]+(?:_[0-9]+)*/y);
  if (digits === undefined) return undefined;
  const fraction = takeMatch(scanner, /\.[0-9]+(?:_[0-9]+)*(?:[eE][+-]?[0-9]+(?:_[0-9]+)*)?/y);
  return fraction === undefined ? toInteger(scanner, digits) : toFloat(scanner, digits + fraction);
}

function toInteger(scanner: Scanner, written: string): bigint {
  const digits = written.replaceAll("_", "");
  const value = digits.length > longestInteger ? undefined : BigInt(digits);
  if (value === undefined || String(value).length > longestInteger) {
    throw syntaxError(scanner, `a number has more than ${longestInteger} digits`);
  }
  return value;
}

/** Elixir has two more escapes than Erlang. */
const elixirEscapes: Readonly<Record<string, number>> = { ...escapes, 0: 0, a: 7 };

/** The code point of a backslash with this character, which is usually the character itself. */
function escapedPoint(char: string): number {
  return elixirEscapes[char] ?? pointOf(char);
}

function pointOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}

/** The quotation mark of a string or a quoted atom, or of a list of characters. */
export type Quote = '"' | "'";

/**
 * Reads `"text"`, `'text'` or a heredoc, with the escapes of Elixir.
 *
 * @returns the bytes of the text. They may not be UTF-8, because `\xFF` is a byte of its own
 */
export function readText(scanner: Scanner, quote: Quote): Uint8Array {
  return scanner.text.startsWith(quote.repeat(3), scanner.at)
    ? readHeredoc(scanner, quote.repeat(3))
    : readQuotedText(scanner, quote);
}

/** Reads `"text"` or `'text'`, but no heredoc, because keys and atoms can't be heredocs. */
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
    if (text[at] === quote) return at;
    at += text[at] === "\\" ? 1 : 0;
  }
  throw syntaxError(scanner, "a text that begins here has no closing quotation mark");
}

/** Reads a heredoc. Each line loses as much white space as there is before the closing marks. */
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

/** Reads to `end`, and adds parts in which each character is a byte. It refuses text that interpolates code. */
function readEscaped(scanner: Scanner, end: number, parts: string[]): void {
  const { text } = scanner;
  let start = scanner.at;
  while (scanner.at < end) {
    if (text.startsWith("#{", scanner.at)) {
      throw syntaxError(scanner, "a text contains Elixir code, and hexuser evaluates nothing");
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

/** Reads the rest of an escape sequence. Each character of the result is a byte. */
function readEscape(scanner: Scanner): string {
  if (take(scanner, "\n") || take(scanner, "\r\n")) return "";
  const byte = takeMatch(scanner, /x[0-9a-fA-F]{1,2}/y);
  if (byte !== undefined) return String.fromCharCode(Number.parseInt(byte.slice(1), 16));
  const unicode = takeMatch(scanner, /u[0-9a-fA-F]{4}|[ux]\{[0-9a-fA-F]{1,6}\}/y);
  if (unicode !== undefined) {
    const point = Number.parseInt(unicode.replace(/[ux{}]/g, ""), 16);
    if (!isCodePoint(point)) throw syntaxError(scanner, "a character doesn't exist in Unicode");
    return encode(String.fromCodePoint(point));
  }
  const char = String.fromCodePoint(scanner.text.codePointAt(scanner.at) ?? 0);
  if (char === "u" || char === "x") throw syntaxError(scanner, "an escape sequence is incomplete");
  scanner.at += char.length;
  return encode(String.fromCodePoint(escapedPoint(char)));
}

function encode(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function toBytes(parts: readonly string[]): Uint8Array {
  // Copies, because small buffers share their memory with others.
  return new Uint8Array(Buffer.from(parts.join(""), "latin1"));
}
