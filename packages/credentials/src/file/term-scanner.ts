import { isCodePoint } from "./erlang-term.ts";

/** Text that is not a term. The reason never quotes the text, which may be a secret. */
export class TermSyntaxError extends Error {
  readonly line: number;

  constructor(reason: string, line: number) {
    super(reason);
    this.name = "TermSyntaxError";
    this.line = line;
  }
}

/** A text, and the position of the reader. */
export interface Scanner {
  readonly text: string;
  at: number;
}

/** Digits of one integer. That is enough for every real number, and converting them stays cheap. */
export const longestInteger = 1000;
/** Characters of an atom. */
const longestAtom = 255;

export function syntaxError(scanner: Scanner, reason: string): TermSyntaxError {
  let line = 1;
  for (let at = scanner.text.indexOf("\n"); at >= 0 && at < scanner.at; line += 1) {
    at = scanner.text.indexOf("\n", at + 1);
  }
  return new TermSyntaxError(reason, line);
}

export function take(scanner: Scanner, expected: string): boolean {
  const found = scanner.text.startsWith(expected, scanner.at);
  scanner.at += found ? expected.length : 0;
  return found;
}

/** Takes the match of a sticky pattern at this position; `undefined` if there is no match or an empty one. */
export function takeMatch(scanner: Scanner, pattern: RegExp): string | undefined {
  pattern.lastIndex = scanner.at;
  const found = pattern.exec(scanner.text)?.[0];
  scanner.at += found?.length ?? 0;
  return found === "" ? undefined : found;
}

/** Fails unless an atom can have this name. */
export function checkName(scanner: Scanner, name: string): string {
  if (name.length > longestAtom && [...name].length > longestAtom) {
    throw syntaxError(scanner, `an atom has more than ${longestAtom} characters`);
  }
  return name;
}

/** Skips white space and comments. */
export function skipBlank(scanner: Scanner): void {
  const { text } = scanner;
  for (;;) {
    const code = text.charCodeAt(scanner.at);
    if (code <= 0x20 || (code >= 0x80 && code <= 0xa0)) {
      scanner.at += 1;
    } else if (text[scanner.at] === "%") {
      const end = text.indexOf("\n", scanner.at);
      scanner.at = end < 0 ? text.length : end;
    } else {
      return;
    }
  }
}

/** Reads to the closing quote, with the escapes of Erlang. The opening quote has been taken. */
export function readQuoted(scanner: Scanner, quote: '"' | "'"): string {
  const { text } = scanner;
  const parts: string[] = [];
  for (let start = scanner.at; ; ) {
    const char = text[scanner.at];
    if (char === undefined) throw syntaxError(scanner, "a quotation mark is missing");
    scanner.at += 1;
    if (char === quote) {
      parts.push(text.slice(start, scanner.at - 1));
      return parts.join("");
    }
    if (char === "\\") {
      parts.push(text.slice(start, scanner.at - 1), String.fromCodePoint(readEscape(scanner)));
      start = scanner.at;
    }
  }
}

/** The code points of escape sequences. */
export const escapes: Readonly<Record<string, number>> = {
  b: 8,
  d: 127,
  e: 27,
  f: 12,
  n: 10,
  r: 13,
  s: 32,
  t: 9,
  v: 11,
};

/** The code point after a backslash. */
function readEscape(scanner: Scanner): number {
  const octal = takeMatch(scanner, /[0-7]{1,3}/y);
  if (octal !== undefined) return Number.parseInt(octal, 8);
  const hex = takeMatch(scanner, /x(?:[0-9a-fA-F]{2}|\{[0-9a-fA-F]{1,8}\})/y);
  if (hex !== undefined) {
    return checkedPoint(scanner, Number.parseInt(hex.replace(/[x{}]/g, ""), 16));
  }
  const control = takeMatch(scanner, /\^[@-_a-z]/y);
  if (control !== undefined) return control.charCodeAt(1) & 31;
  const point = readCodePoint(scanner);
  if (point === 0x78 || point === 0x5e) {
    throw syntaxError(scanner, "an escape sequence is incomplete");
  }
  return escapes[String.fromCodePoint(point)] ?? point;
}

function readCodePoint(scanner: Scanner): number {
  const point = scanner.text.codePointAt(scanner.at);
  if (point === undefined) throw syntaxError(scanner, "the file ends within a term");
  scanner.at += point > 0xffff ? 2 : 1;
  return checkedPoint(scanner, point);
}

function checkedPoint(scanner: Scanner, point: number): number {
  if (!isCodePoint(point)) throw syntaxError(scanner, "a character doesn't exist in Unicode");
  return point;
}

/** Reads `42`, `-7`, `16#ff`, `$a`, `1_000` or `1.5e3`; `undefined` if no number begins here. */
export function readNumber(scanner: Scanner): bigint | number | undefined {
  return takeSigned(scanner, skipBlank, readUnsigned);
}

/** Takes a number, perhaps with a sign and blanks before it; takes nothing if no number begins here. */
export function takeSigned(
  scanner: Scanner,
  skip: (scanner: Scanner) => void,
  takeUnsigned: (scanner: Scanner) => bigint | number | undefined,
): bigint | number | undefined {
  const start = scanner.at;
  const sign = takeMatch(scanner, /[+-]/y);
  if (sign !== undefined) skip(scanner);
  const value = takeUnsigned(scanner);
  if (value === undefined) scanner.at = start;
  return value !== undefined && sign === "-" ? -value : value;
}

/** Converts digits with a fraction, and perhaps with underscores between them. */
export function toFloat(scanner: Scanner, written: string): number {
  const value = Number(written.replaceAll("_", ""));
  if (!Number.isFinite(value)) throw syntaxError(scanner, "a number is too large");
  return value;
}

function readUnsigned(scanner: Scanner): bigint | number | undefined {
  if (take(scanner, "$")) {
    return BigInt(take(scanner, "\\") ? readEscape(scanner) : readCodePoint(scanner));
  }
  const digits = takeMatch(scanner, /[0-9]+(?:_[0-9]+)*/y)?.replaceAll("_", "");
  if (digits === undefined) return undefined;
  const fraction = takeMatch(scanner, /\.[0-9]+(?:_[0-9]+)*(?:[eE][+-]?[0-9]+)?/y);
  if (fraction !== undefined) return toFloat(scanner, digits + fraction);
  const inBase = take(scanner, "#") ? readDigits(scanner, Number(digits)) : undefined;
  if (inBase !== undefined) return inBase;
  if (digits.length > longestInteger) {
    throw syntaxError(scanner, `a number has more than ${longestInteger} digits`);
  }
  return BigInt(digits);
}

function readDigits(scanner: Scanner, base: number): bigint {
  const digits = takeMatch(scanner, /[0-9a-zA-Z]+(?:_[0-9a-zA-Z]+)*/y)?.replaceAll("_", "");
  if (!(base >= 2 && base <= 36) || digits === undefined || digits.length > longestInteger) {
    throw syntaxError(scanner, "a number has another form than Erlang's numbers");
  }
  let value = 0n;
  for (const char of digits) {
    const digit = Number.parseInt(char, 36);
    if (digit >= base) {
      throw syntaxError(scanner, "a number has digits that its base doesn't have");
    }
    value = value * BigInt(base) + BigInt(digit);
  }
  return value;
}
