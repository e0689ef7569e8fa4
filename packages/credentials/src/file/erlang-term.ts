/** An Erlang term. A `string` is a list of code points, but kept separate so that it is written as it was read. */
export type Term =
  | { readonly type: "atom"; readonly name: string }
  | { readonly type: "binary"; readonly bytes: Uint8Array }
  | { readonly type: "integer"; readonly value: bigint }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "string"; readonly text: string }
  | { readonly type: "list"; readonly items: readonly Term[]; readonly tail?: Term }
  | { readonly type: "tuple"; readonly items: readonly Term[] }
  | MapTerm;

export interface MapTerm {
  readonly type: "map";
  readonly pairs: readonly (readonly [Term, Term])[];
}

export function atom(name: string): Term {
  return { type: "atom", name };
}

/** A binary; text becomes UTF-8. */
export function binary(content: string | Uint8Array): Term {
  return { type: "binary", bytes: typeof content === "string" ? new TextEncoder().encode(content) : content };
}

export function integer(value: number | bigint): Term {
  return { type: "integer", value: BigInt(value) };
}

/** A map with binary keys, which every mix hex reads. */
export function mapOf(fields: Readonly<Record<string, Term | undefined>>): MapTerm {
  const present = Object.entries(fields).filter((field): field is [string, Term] => field[1] !== undefined);
  return { type: "map", pairs: present.map(([key, value]) => [binary(key), value] as const) };
}

/** The text of a binary (UTF-8), a string or a list of code points; `undefined` for other terms. */
export function textOf(term: Term | undefined): string | undefined {
  if (term?.type === "binary") {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(term.bytes);
    } catch {
      return undefined;
    }
  }
  if (term?.type === "string") return term.text;
  if (term?.type !== "list" || term.tail !== undefined) return undefined;
  const points = term.items.map((item) => (item.type === "integer" ? Number(item.value) : -1));
  return points.every(isCodePoint) ? points.map((point) => String.fromCodePoint(point)).join("") : undefined;
}

/** The name of a map's key. Clients write the same key as an atom or as a binary. */
export function keyName(term: Term): string | undefined {
  return term.type === "atom" ? term.name : textOf(term);
}

/** The field of a map; `undefined` if it isn't there, or if the term is not a map. */
export function fieldOf(term: Term | undefined, name: string): Term | undefined {
  return term?.type === "map" ? term.pairs.findLast(([key]) => keyName(key) === name)?.[1] : undefined;
}

/**
 * The map with the field set, or without it. Everything else stays the same.
 *
 * @param newKey the key to write if the map doesn't have the field
 */
export function withField(
  map: MapTerm,
  name: string,
  value: Term | undefined,
  newKey: Term = binary(name),
): MapTerm {
  const others = map.pairs.filter(([key]) => keyName(key) !== name);
  if (value === undefined) {
    return others.length === map.pairs.length ? map : { type: "map", pairs: others };
  }
  const key = map.pairs.findLast(([known]) => keyName(known) === name)?.[0] ?? newKey;
  const at = map.pairs.findIndex(([known]) => keyName(known) === name);
  return { type: "map", pairs: others.toSpliced(at < 0 ? others.length : at, 0, [key, value]) };
}

/** Whether text can contain the code point: not half of a surrogate pair. */
export function isCodePoint(point: number): boolean {
  return Number.isInteger(point) && point >= 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
}

/** Words that need quotation marks to be atoms (`erl_scan:reserved_word/1`, of all OTP releases). */
const reserved = new Set(
  (
    "after and andalso band begin bnot bor bsl bsr bxor case catch cond div else end fun if let maybe not of or " +
    "orelse receive rem try when xor"
  ).split(" "),
);

/**
 * Writes a term in printable ASCII, which every mix hex reads the same way. It writes any other binary as numbers,
 * because clients read raw text as Latin-1.
 *
 * @example printTerm(binary("José")) // "<<74,111,115,195,169>>"
 */
export function printTerm(term: Term): string {
  switch (term.type) {
    case "atom":
      return /^[a-z][a-zA-Z0-9_@]*$/.test(term.name) && !reserved.has(term.name)
        ? term.name
        : `'${escapeText(term.name, "'")}'`;
    case "binary":
      return printBinary(term.bytes);
    case "integer":
      return String(term.value);
    case "float":
      return printFloat(term.value);
    case "string":
      return `"${escapeText(term.text, '"')}"`;
    case "list": {
      const tail = term.tail === undefined ? "" : `|${printTerm(term.tail)}`;
      return `[${term.items.map(printTerm).join(",")}${tail}]`;
    }
    case "tuple":
      return `{${term.items.map(printTerm).join(",")}}`;
    case "map":
      return `#{${term.pairs.map(([key, value]) => `${printTerm(key)} => ${printTerm(value)}`).join(",")}}`;
  }
}

function printBinary(bytes: Uint8Array): string {
  if (bytes.length === 0) return "<<>>";
  return bytes.every((byte) => byte >= 0x20 && byte <= 0x7e)
    ? `<<"${escapeText(new TextDecoder().decode(bytes), '"')}">>`
    : `<<${bytes.join(",")}>>`;
}

function escapeText(text: string, quote: string): string {
  return Array.from(text, (char) => {
    if (char === quote || char === "\\") return `\\${char}`;
    const point = char.codePointAt(0) ?? 0;
    return point >= 0x20 && point <= 0x7e ? char : `\\x{${point.toString(16)}}`;
  }).join("");
}

/** Erlang needs digits on both sides of the point. */
function printFloat(value: number): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  const [mantissa = text, exponent] = text.split("e");
  const pointed = mantissa.includes(".") ? mantissa : `${mantissa}.0`;
  return exponent === undefined ? pointed : `${pointed}e${exponent}`;
}
