import {
  type Quote,
  readQuotedText,
  readText,
  skipBlank,
  takeAlias,
  takeKeyColon,
  takeName,
  takeNumber,
} from "./elixir-scanner.ts";
import { atom, binary, integer, type Term, textOf } from "./erlang-term.ts";
import { checkName, type Scanner, syntaxError, take } from "./term-scanner.ts";

/** Levels of nesting, counted as in Erlang terms, because the reader of those has to read the result. */
const deepest = 64;

/** Tells whether a file without Erlang terms may be a keyword list of mix hex before 0.17. */
export function looksLikeElixir(text: string): boolean {
  return begin({ text, at: 0 });
}

/**
 * Reads the Elixir keyword list of such a file: `[username: "eric", encrypted_key: "…"]`. mix hex evaluates it as code.
 * This function reads only literals: lists, tuples, maps, atoms, text, binaries and numbers.
 *
 * @returns the pairs as Erlang terms: `{username,<<"eric">>}`
 * @throws TermSyntaxError, which names the line, for everything else
 */
export function readElixir(text: string): Term[] {
  const scanner: Scanner = { text, at: 0 };
  if (!begin(scanner)) throw syntaxError(scanner, "this is not an Elixir keyword list");
  scanner.at += 1;
  const { items, keywords } = readItems(scanner, "]", { items: 0, keywords: 1 }, readPair);
  skipBlank(scanner);
  take(scanner, ";");
  skipBlank(scanner);
  if (scanner.at < text.length) {
    throw syntaxError(
      scanner,
      "there is something after the Elixir keyword list, and hexuser evaluates nothing",
    );
  }
  return items.concat(keywords.map(toTuple));
}

/** Goes to the bracket that opens the list. */
function begin(scanner: Scanner): boolean {
  skipBlank(scanner);
  take(scanner, ";");
  skipBlank(scanner);
  return scanner.text[scanner.at] === "[";
}

function readPair(scanner: Scanner, depth: number): Term {
  const { text, at } = scanner;
  const term = readTerm(scanner, depth);
  if (term.type !== "tuple" || term.items.length !== 2) {
    throw syntaxError({ text, at }, "the Elixir list contains something other than keys and values");
  }
  return term;
}

function readTerm(scanner: Scanner, depth: number): Term {
  if (depth > deepest) throw syntaxError(scanner, `terms are nested more than ${deepest} levels deep`);
  const quote = quoteAt(scanner);
  if (quote === '"') return binary(readText(scanner, quote));
  if (quote === "'") return { type: "string", text: decode(scanner, readText(scanner, quote)) };
  if (take(scanner, "[")) {
    const { items, keywords } = readItems(scanner, "]", { items: depth + 1, keywords: depth + 2 }, readTerm);
    return { type: "list", items: items.concat(keywords.map(toTuple)) };
  }
  if (take(scanner, "{")) return readTuple(scanner, depth);
  if (take(scanner, "%{")) {
    const { items, keywords } = readItems(scanner, "}", { items: depth + 1, keywords: depth + 1 }, readField);
    return { type: "map", pairs: items.concat(keywords) };
  }
  return take(scanner, "<<") ? readBinary(scanner) : readScalar(scanner);
}

/** Keywords at the end of a tuple are one list, without its brackets. */
function readTuple(scanner: Scanner, depth: number): Term {
  const { items, keywords } = readItems(scanner, "}", { items: depth + 1, keywords: depth + 3 }, readTerm);
  if (keywords.length === 0) return { type: "tuple", items };
  if (items.length === 0) throw syntaxError(scanner, "a tuple contains only keywords");
  return { type: "tuple", items: [...items, { type: "list", items: keywords.map(toTuple) }] };
}

function readField(scanner: Scanner, depth: number): [Term, Term] {
  const key = readTerm(scanner, depth);
  skipBlank(scanner);
  if (!take(scanner, "=>")) {
    throw syntaxError(scanner, "“=>” is missing in a map, and hexuser evaluates nothing");
  }
  skipBlank(scanner);
  return [key, readTerm(scanner, depth)];
}

/** Reads bytes and text, which is how `inspect` writes a binary that isn't UTF-8. */
function readBinary(scanner: Scanner): Term {
  const { items, keywords } = readItems(scanner, ">>", { items: 0, keywords: 0 }, readSegment);
  if (keywords.length > 0) throw notBytes(scanner);
  return { type: "binary", bytes: new Uint8Array(Buffer.concat(items)) };
}

function readSegment(scanner: Scanner): Uint8Array {
  const content = quoteAt(scanner) === '"' ? readText(scanner, '"') : takeNumber(scanner);
  if (content === undefined || typeof content === "number") throw notBytes(scanner);
  return typeof content === "bigint" ? Uint8Array.of(Number(BigInt.asUintN(8, content))) : content;
}

function notBytes(scanner: Scanner): Error {
  return syntaxError(scanner, "a binary contains something other than text and bytes");
}

function readScalar(scanner: Scanner): Term {
  const { text, at } = scanner;
  const number = takeNumber(scanner);
  if (number !== undefined) {
    return typeof number === "bigint" ? integer(number) : { type: "float", value: number };
  }
  const alias = takeAlias(scanner);
  if (alias !== undefined) return atom(alias);
  if (take(scanner, ":")) {
    const quote = quoteAt(scanner);
    const name = quote === undefined ? takeName(scanner) : readQuotedName(scanner, quote);
    if (name !== undefined) return atom(name);
  }
  const word = takeName(scanner);
  if (word === "true" || word === "false" || word === "nil") return atom(word);
  const what =
    text[at] === "~" ? "write the text of a sigil in quotation marks" : "this is not a plain value";
  throw syntaxError({ text, at }, `${what}; hexuser evaluates nothing`);
}

/**
 * Reads to the closing mark: first items, then keywords (`key: value`), and perhaps a comma after the last.
 *
 * @param depths the levels of nesting of the items, and of the values of keywords
 */
function readItems<Item>(
  scanner: Scanner,
  close: string,
  depths: { readonly items: number; readonly keywords: number },
  readItem: (scanner: Scanner, depth: number) => Item,
): { readonly items: Item[]; readonly keywords: [Term, Term][] } {
  const items: Item[] = [];
  const keywords: [Term, Term][] = [];
  for (;;) {
    skipBlank(scanner);
    if (take(scanner, close)) return { items, keywords };
    const key = takeKey(scanner);
    if (key !== undefined) {
      skipBlank(scanner);
      keywords.push([atom(key), readTerm(scanner, depths.keywords)]);
    } else if (keywords.length === 0) {
      items.push(readItem(scanner, depths.items));
    } else {
      throw syntaxError(scanner, "there is a value without a key after one with a key");
    }
    skipBlank(scanner, "in the line");
    if (!take(scanner, ",")) {
      skipBlank(scanner);
      if (!scanner.text.startsWith(close, scanner.at)) {
        throw syntaxError(
          scanner,
          `a comma or “${close}” is missing, or this is code, and hexuser evaluates nothing`,
        );
      }
    }
  }
}

/** Reads `key:` or `"key":`; takes nothing and returns `undefined` if a value is here. */
function takeKey(scanner: Scanner): string | undefined {
  const start = scanner.at;
  const quote = quoteAt(scanner);
  const isHeredoc = quote !== undefined && scanner.text.startsWith(quote.repeat(3), start);
  const bytes = quote === undefined || isHeredoc ? undefined : readQuotedText(scanner, quote);
  const bare = quote === undefined ? takeName(scanner) : undefined;
  if (bare !== "::" && (bytes ?? bare) !== undefined && takeKeyColon(scanner)) {
    return bytes === undefined ? bare : checkName(scanner, decode(scanner, bytes));
  }
  scanner.at = start;
  return undefined;
}

function readQuotedName(scanner: Scanner, quote: Quote): string {
  return checkName(scanner, decode(scanner, readQuotedText(scanner, quote)));
}

function quoteAt({ text, at }: Scanner): Quote | undefined {
  const char = text[at];
  return char === '"' || char === "'" ? char : undefined;
}

/** Atoms and lists of characters contain only characters. Strings may contain other bytes. */
function decode(scanner: Scanner, bytes: Uint8Array): string {
  const text = textOf(binary(bytes));
  if (text === undefined) throw syntaxError(scanner, "a text contains bytes that are not UTF-8");
  return text;
}

function toTuple(items: readonly [Term, Term]): Term {
  return { type: "tuple", items };
}
