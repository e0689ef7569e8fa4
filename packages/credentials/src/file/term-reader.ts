import { atom, isCodePoint, type Term } from "./erlang-term.ts";
import {
  checkName,
  readNumber,
  readQuoted,
  type Scanner,
  skipBlank,
  syntaxError,
  take,
  takeMatch,
} from "./term-scanner.ts";

/** One term of a file, with its text, so that unknown entries are written back unchanged. */
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

/** Levels of nesting. Real files have four, and the reader calls itself once per level. */
const deepest = 64;

/**
 * Reads a file of Erlang terms, each with a full stop after it, like `file:consult`. It evaluates nothing, and its time
 * is proportional to the length.
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
    if (start === text.length) return { entries, rest: text.slice(gapStart) };
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
  if (depth > deepest) throw syntaxError(scanner, `terms are nested more than ${deepest} levels deep`);
  const readInner = () => readTerm(scanner, depth + 1);
  if (take(scanner, "{")) return { type: "tuple", items: readItems(scanner, "}", readInner) };
  if (take(scanner, "[")) return readList(scanner, readInner);
  if (take(scanner, "#")) {
    skipBlank(scanner);
    expect(scanner, "{");
    return { type: "map", pairs: readItems(scanner, "}", () => readPair(scanner, readInner)) };
  }
  if (scanner.text[scanner.at] === "<") return readBinary(scanner);
  if (scanner.text[scanner.at] === '"') return { type: "string", text: readStrings(scanner) };
  return take(scanner, "'") ? atom(checkName(scanner, readQuoted(scanner, "'"))) : readScalar(scanner);
}

function readScalar(scanner: Scanner): Term {
  const name = takeMatch(scanner, /[a-z\xdf-\xf6\xf8-\xff][a-zA-Z0-9_@\xc0-\xd6\xd8-\xf6\xf8-\xff]*/y);
  if (name !== undefined) return atom(checkName(scanner, name));
  const number = readNumber(scanner);
  if (number === undefined) throw syntaxError(scanner, "this is not an Erlang term");
  return typeof number === "bigint" ? { type: "integer", value: number } : { type: "float", value: number };
}

/** Reads to the closing mark. The opening mark has been taken. */
function readItems<Item>(scanner: Scanner, end: string, readItem: () => Item): Item[] {
  const items: Item[] = [];
  skipBlank(scanner);
  if (take(scanner, end)) return items;
  for (;;) {
    skipBlank(scanner);
    items.push(readItem());
    skipBlank(scanner);
    if (take(scanner, end)) return items;
    expect(scanner, ",");
  }
}

function readList(scanner: Scanner, readInner: () => Term): Term {
  let tail: Term | undefined;
  const items = readItems(scanner, "]", () => {
    if (tail !== undefined) throw syntaxError(scanner, "“]” is missing");
    const item = readInner();
    skipBlank(scanner);
    if (take(scanner, "|")) {
      skipBlank(scanner);
      tail = readInner();
    }
    return item;
  });
  return tail === undefined ? { type: "list", items } : { type: "list", items, tail };
}

function readPair(scanner: Scanner, readInner: () => Term): [Term, Term] {
  const key = readInner();
  skipBlank(scanner);
  expect(scanner, "=>");
  skipBlank(scanner);
  return [key, readInner()];
}

/** Reads a string. Consecutive literals are one string. */
function readStrings(scanner: Scanner): string {
  const parts: string[] = [];
  while (scanner.text[scanner.at] === '"') {
    if (scanner.text.startsWith('"""', scanner.at)) {
      // Newer and older Erlang read it differently.
      throw syntaxError(scanner, "hexuser doesn't read strings in triple quotation marks");
    }
    scanner.at += 1;
    parts.push(readQuoted(scanner, '"'));
    skipBlank(scanner);
  }
  return parts.join("");
}

function readBinary(scanner: Scanner): Term {
  expect(scanner, "<<");
  const segments = readItems(scanner, ">>", () => readSegment(scanner));
  const bytes = segments.flatMap((segment) => (typeof segment === "number" ? segment : [...segment]));
  return { type: "binary", bytes: Uint8Array.from(bytes) };
}

/** Reads one byte or several. */
function readSegment(scanner: Scanner): Uint8Array | number {
  const content = scanner.text[scanner.at] === '"' ? readStrings(scanner) : readNumber(scanner);
  if (content === undefined || typeof content === "number") {
    throw syntaxError(scanner, "a binary contains something other than text and bytes");
  }
  skipBlank(scanner);
  if (!take(scanner, "/")) {
    return typeof content === "string" ? toLatin1(content) : Number(BigInt.asUintN(8, content));
  }
  skipBlank(scanner);
  expect(scanner, "utf8");
  if (typeof content === "string") return new TextEncoder().encode(content);
  if (!isCodePoint(Number(content))) throw syntaxError(scanner, "a character doesn't exist in Unicode");
  return new TextEncoder().encode(String.fromCodePoint(Number(content)));
}

/** Takes the lowest eight bits of each character, like Erlang. */
function toLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => (char.codePointAt(0) ?? 0) & 0xff);
}

function expect(scanner: Scanner, expected: string): void {
  if (!take(scanner, expected)) throw syntaxError(scanner, `“${expected}” is missing`);
}
