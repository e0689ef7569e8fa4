import { atom, type Term } from "./erlang-term.ts";
import {
  readNumber,
  readQuoted,
  type Scanner,
  skipBlank,
  syntaxError,
  take,
  takeMatch,
} from "./term-scanner.ts";

/** One term of a file, with the text that it was read from: unknown entries are written back unchanged. */
export interface TermEntry {
  /** White space and comments before it. */
  readonly gap: string;
  /** The term with its full stop. */
  readonly source: string;
  readonly term: Term;
}

export interface TermFile {
  readonly entries: readonly TermEntry[];
  /** White space and comments after the last entry. */
  readonly rest: string;
}

/** Levels of nesting. Real files have four; the reader calls itself once for each. */
const deepest = 64;
const longestAtom = 255;

/**
 * Reads a file of Erlang terms, each with a full stop after it, as `file:consult` does. Nothing is evaluated, and
 * the time taken grows with the length alone.
 *
 * @example readTerms('{api_url,<<"https://hex.pm/api">>}.\n').entries.length // 1
 */
export function readTerms(text: string): TermFile {
  const scanner: Scanner = { text, at: 0 };
  const entries: TermEntry[] = [];
  for (;;) {
    const gapStart = scanner.at;
    skipBlank(scanner);
    const start = scanner.at;
    if (start === text.length) {
      return { entries, rest: text.slice(gapStart) };
    }
    const term = readTerm(scanner, 0);
    skipBlank(scanner);
    if (!take(scanner, ".") || !endsTerm(scanner)) {
      throw syntaxError(scanner, "a full stop is missing after a term");
    }
    entries.push({ gap: text.slice(gapStart, start), source: text.slice(start, scanner.at), term });
  }
}

function endsTerm({ text, at }: Scanner): boolean {
  const code = text.charCodeAt(at);
  return at === text.length || code <= 0x20 || (code >= 0x80 && code <= 0xa0) || text[at] === "%";
}

function readTerm(scanner: Scanner, depth: number): Term {
  if (depth > deepest) {
    throw syntaxError(scanner, `terms are nested more than ${deepest} levels deep`);
  }
  const { text, at } = scanner;
  switch (text[at]) {
    case "{":
      scanner.at += 1;
      return { type: "tuple", items: readItems(scanner, "}", depth) };
    case "[":
      scanner.at += 1;
      return readList(scanner, depth);
    case "#":
      return readMap(scanner, depth);
    case "<":
      return readBinary(scanner);
    case '"':
      return { type: "string", text: readStrings(scanner) };
    case "'":
      scanner.at += 1;
      return checkedAtom(scanner, readQuoted(scanner, "'"));
    default:
      return readScalar(scanner);
  }
}

function readScalar(scanner: Scanner): Term {
  const name = takeMatch(scanner, /[a-z\xdf-\xf6\xf8-\xff][a-zA-Z0-9_@\xc0-\xd6\xd8-\xf6\xf8-\xff]*/y);
  if (name !== undefined) {
    return checkedAtom(scanner, name);
  }
  const number = readNumber(scanner);
  if (number === undefined) {
    throw syntaxError(scanner, "this is no Erlang term");
  }
  return typeof number === "bigint" ? { type: "integer", value: number } : { type: "float", value: number };
}

function checkedAtom(scanner: Scanner, name: string): Term {
  if (name.length > longestAtom && [...name].length > longestAtom) {
    throw syntaxError(scanner, `an atom has more than ${longestAtom} characters`);
  }
  return atom(name);
}

function readItems(scanner: Scanner, end: string, depth: number): Term[] {
  const items: Term[] = [];
  skipBlank(scanner);
  if (take(scanner, end)) {
    return items;
  }
  for (;;) {
    skipBlank(scanner);
    items.push(readTerm(scanner, depth + 1));
    skipBlank(scanner);
    if (take(scanner, end)) {
      return items;
    }
    expect(scanner, ",");
  }
}

function readList(scanner: Scanner, depth: number): Term {
  const items: Term[] = [];
  skipBlank(scanner);
  if (take(scanner, "]")) {
    return { type: "list", items };
  }
  for (;;) {
    skipBlank(scanner);
    items.push(readTerm(scanner, depth + 1));
    skipBlank(scanner);
    if (take(scanner, "]")) {
      return { type: "list", items };
    }
    if (take(scanner, "|")) {
      skipBlank(scanner);
      const tail = readTerm(scanner, depth + 1);
      skipBlank(scanner);
      expect(scanner, "]");
      return { type: "list", items, tail };
    }
    expect(scanner, ",");
  }
}

function readMap(scanner: Scanner, depth: number): Term {
  scanner.at += 1;
  skipBlank(scanner);
  expect(scanner, "{");
  const pairs: [Term, Term][] = [];
  skipBlank(scanner);
  if (take(scanner, "}")) {
    return { type: "map", pairs };
  }
  for (;;) {
    skipBlank(scanner);
    const key = readTerm(scanner, depth + 1);
    skipBlank(scanner);
    expect(scanner, "=>");
    skipBlank(scanner);
    pairs.push([key, readTerm(scanner, depth + 1)]);
    skipBlank(scanner);
    if (take(scanner, "}")) {
      return { type: "map", pairs };
    }
    expect(scanner, ",");
  }
}

/** Literals that follow one another are one string. */
function readStrings(scanner: Scanner): string {
  const parts: string[] = [];
  while (scanner.text[scanner.at] === '"') {
    if (scanner.text.startsWith('"""', scanner.at)) {
      // Newer and older Erlang read it differently.
      throw syntaxError(scanner, "strings in triple quotation marks are not read");
    }
    scanner.at += 1;
    parts.push(readQuoted(scanner, '"'));
    skipBlank(scanner);
  }
  return parts.join("");
}

function readBinary(scanner: Scanner): Term {
  expect(scanner, "<<");
  skipBlank(scanner);
  if (take(scanner, ">>")) {
    return { type: "binary", bytes: new Uint8Array() };
  }
  const parts: Uint8Array[] = [];
  let single: number[] = [];
  for (;;) {
    skipBlank(scanner);
    const segment = readSegment(scanner);
    if (typeof segment === "number") {
      single.push(segment);
    } else {
      parts.push(Uint8Array.from(single), segment);
      single = [];
    }
    skipBlank(scanner);
    if (take(scanner, ">>")) {
      // A copy: small buffers share their memory with others.
      return { type: "binary", bytes: new Uint8Array(Buffer.concat([...parts, Uint8Array.from(single)])) };
    }
    expect(scanner, ",");
  }
}

/** One byte, or several. */
function readSegment(scanner: Scanner): Uint8Array | number {
  const content = scanner.text[scanner.at] === '"' ? readStrings(scanner) : readNumber(scanner);
  if (content === undefined || typeof content === "number") {
    throw syntaxError(scanner, "a binary holds something else than text and bytes");
  }
  skipBlank(scanner);
  if (!take(scanner, "/")) {
    return typeof content === "string" ? toLatin1(content) : Number(BigInt.asUintN(8, content));
  }
  skipBlank(scanner);
  expect(scanner, "utf8");
  if (typeof content === "string") {
    return new TextEncoder().encode(content);
  }
  if (content < 0n || content > 0x10ffffn || (content >= 0xd800n && content <= 0xdfffn)) {
    throw syntaxError(scanner, "a character doesn't exist in Unicode");
  }
  return new TextEncoder().encode(String.fromCodePoint(Number(content)));
}

/** As Erlang does it: of each character the lowest eight bits. */
function toLatin1(text: string): Uint8Array {
  return /[\ud800-\udfff]/.test(text)
    ? Uint8Array.from(text, (char) => (char.codePointAt(0) ?? 0) & 0xff)
    : Buffer.from(text, "latin1");
}

function expect(scanner: Scanner, expected: string): void {
  if (!take(scanner, expected)) {
    throw syntaxError(scanner, `“${expected}” is missing`);
  }
}
