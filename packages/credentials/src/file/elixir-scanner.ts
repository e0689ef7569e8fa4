import { type Scanner, syntaxError, take, takeMatch } from "./term-scanner.ts";

/** Decimal digits of one integer: the reader of Erlang terms takes no more, and it reads what is written from this. */
const longestInteger = 1000;
/** Characters of an atom. */
const longestAtom = 255;

/** Operators that are atoms after a colon, and keys before one. `::` is the only one that is no key. */
const operators = new Set(
  (
    "! @ % ^ & * - + = | . / < > != && ** -- -> ++ == =~ {} || |> \\\\ :: .. <- <= <> <~ >= ~> !== %{} ^^^ &&& --- " +
    "+++ === ||| ... <|> <<< <<~ <~> >>> ~>> ~~~ ..// <<>>"
  ).split(" "),
);
const longestOperator = 4;

/** Skips what Elixir skips between two tokens: white space, comments and backslashes at the end of a line. */
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

/** Reads the name of an atom or of a key without quotation marks: `name`, `valid?`, `+`. Its colon isn't part of it. */
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

/** Takes the colon after the name of a key; white space has to follow it. */
export function takeKeyColon(scanner: Scanner): boolean {
  return takeMatch(scanner, /:(?=[ \t\r\n])/y) !== undefined;
}

/** Reads `Hex.Config`, which is the atom `Elixir.Hex.Config`. */
export function takeAlias(scanner: Scanner): string | undefined {
  const alias = takeMatch(scanner, /[A-Z][a-zA-Z0-9_]*(?:[ \t\r\n]*\.[ \t\r\n]*[A-Z][a-zA-Z0-9_]*)*/y);
  if (alias === undefined) {
    return undefined;
  }
  const name = alias.replace(/[ \t\r\n]+/g, "");
  return checkName(scanner, name === "Elixir" || name.startsWith("Elixir.") ? name : `Elixir.${name}`);
}

/** Fails unless an atom may have this name. */
export function checkName(scanner: Scanner, name: string): string {
  if (name.length > longestAtom && [...name].length > longestAtom) {
    throw syntaxError(scanner, `an atom has more than ${longestAtom} characters`);
  }
  return name;
}

/** Reads `42`, `- 7`, `1_000`, `0xFF`, `1.5e3` or `?a`; `undefined` when no number begins here. */
export function takeNumber(scanner: Scanner): bigint | number | undefined {
  const start = scanner.at;
  const sign = takeMatch(scanner, /[+-]/y);
  if (sign !== undefined) {
    skipBlank(scanner);
  }
  const value = takeUnsigned(scanner);
  if (value === undefined) {
    scanner.at = start;
    return undefined;
  }
  return sign === "-" ? -value : value;
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
  if (based !== undefined) {
    return toInteger(scanner, based);
  }
  const digits = takeMatch(scanner, /[0-9]+(?:_[0-9]+)*/y);
  if (digits === undefined) {
    return undefined;
  }
  const fraction = takeMatch(scanner, /\.[0-9]+(?:_[0-9]+)*(?:[eE][+-]?[0-9]+(?:_[0-9]+)*)?/y);
  if (fraction === undefined) {
    return toInteger(scanner, digits);
  }
  const value = Number((digits + fraction).replaceAll("_", ""));
  if (!Number.isFinite(value)) {
    throw syntaxError(scanner, "a number is too large");
  }
  return value;
}

function toInteger(scanner: Scanner, written: string): bigint {
  const digits = written.replaceAll("_", "");
  const value = digits.length > longestInteger ? undefined : BigInt(digits);
  if (value === undefined || String(value).length > longestInteger) {
    throw syntaxError(scanner, `a number has more than ${longestInteger} digits`);
  }
  return value;
}

const escapes: Readonly<Record<string, number>> = {
  0: 0,
  a: 7,
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

/** The code point that a backslash and this character mean: most characters mean themselves. */
export function escapedPoint(char: string): number {
  return escapes[char] ?? pointOf(char);
}

function pointOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}
