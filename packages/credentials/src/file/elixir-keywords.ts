import { atom, binary, integer, isCodePoint, type Term } from "./erlang-term.ts";
import { type Scanner, skipBlank, syntaxError, take, takeMatch } from "./term-scanner.ts";

/** Tells whether a file that holds no Erlang terms may be a keyword list of mix hex before 0.17. */
export function looksLikeKeywords(text: string): boolean {
  const scanner: Scanner = { text, at: 0 };
  skipBlank(scanner, "#");
  return text[scanner.at] === "[";
}

/**
 * Reads the one Elixir keyword list of such a file: `[username: "eric", encrypted_key: "…"]`. mix hex evaluates
 * it as code; here only that literal form is read (text, whole numbers, atoms), and everything else is refused.
 *
 * @returns the pairs as Erlang has them: `{username,<<"eric">>}`
 */
export function readKeywords(text: string): Term[] {
  const scanner: Scanner = { text, at: 0 };
  const pairs: Term[] = [];
  const skip = () => skipBlank(scanner, "#");
  skip();
  if (!take(scanner, "[")) {
    throw syntaxError(scanner, "this is no Elixir keyword list");
  }
  skip();
  while (!take(scanner, "]")) {
    const key = readKey(scanner);
    skip();
    pairs.push({ type: "tuple", items: [atom(key), readValue(scanner)] });
    skip();
    if (scanner.text[scanner.at] !== "]" && !take(scanner, ",")) {
      throw syntaxError(scanner, "a comma is missing in the Elixir keyword list");
    }
    skip();
  }
  skip();
  if (scanner.at < text.length) {
    throw syntaxError(scanner, "something follows after the Elixir keyword list");
  }
  return pairs;
}

function readKey(scanner: Scanner): string {
  const bare = takeMatch(scanner, /[a-zA-Z_][a-zA-Z0-9_@]{0,253}[?!]?(?=:\s)/y);
  const key = bare ?? (take(scanner, '"') ? readText(scanner) : undefined);
  if (key === undefined || [...key].length > 255 || !take(scanner, ":")) {
    throw syntaxError(scanner, "a key of the Elixir keyword list is not plain");
  }
  return key;
}

function readValue(scanner: Scanner): Term {
  if (take(scanner, '"')) {
    return binary(readText(scanner));
  }
  const digits = takeMatch(scanner, /-?[0-9]{1,30}(?![0-9._a-zA-Z])/y);
  if (digits !== undefined) {
    return integer(BigInt(digits));
  }
  const name = takeMatch(scanner, /(?:true|false|nil|:[a-z_][a-zA-Z0-9_@]{0,253})(?![a-zA-Z0-9_@(.])/y);
  if (name === undefined) {
    throw syntaxError(scanner, "a value of the Elixir keyword list is not plain, and nothing is evaluated");
  }
  return atom(name.replace(":", ""));
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "#": "#",
  "'": "'",
  "0": "\0",
  a: "\x07",
  b: "\b",
  d: "\x7f",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  s: " ",
  t: "\t",
  v: "\v",
};

/** To the closing quotation mark. Text that interpolates code is refused. */
function readText(scanner: Scanner): string {
  const parts: string[] = [];
  for (;;) {
    parts.push(takeMatch(scanner, /[^"\\#]+/y) ?? "");
    if (take(scanner, '"')) {
      return parts.join("");
    }
    if (scanner.text.startsWith("#{", scanner.at)) {
      throw syntaxError(scanner, "a text holds Elixir code, and nothing is evaluated");
    }
    if (take(scanner, "#")) {
      parts.push("#");
    } else if (take(scanner, "\\")) {
      parts.push(readEscape(scanner));
    } else {
      throw syntaxError(scanner, "a quotation mark is missing");
    }
  }
}

function readEscape(scanner: Scanner): string {
  const unicode = takeMatch(scanner, /u(?:[0-9a-fA-F]{4}|\{[0-9a-fA-F]{1,6}\})/y);
  if (unicode !== undefined) {
    const point = Number.parseInt(unicode.replace(/[u{}]/g, ""), 16);
    if (isCodePoint(point)) {
      return String.fromCodePoint(point);
    }
  }
  const plain = escapes[scanner.text[scanner.at] ?? ""];
  if (plain === undefined) {
    throw syntaxError(scanner, "an escape sequence is not known");
  }
  scanner.at += 1;
  return plain;
}
