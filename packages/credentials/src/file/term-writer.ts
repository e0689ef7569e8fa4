import type { Term } from "./erlang-term.ts";

/** Words that are no atoms without quotation marks (`erl_scan:reserved_word/1`, of every OTP release). */
const reserved = new Set(
  (
    "after and andalso band begin bnot bor bsl bsr bxor case catch cond div else end fun if let maybe not of or " +
    "orelse receive rem try when xor"
  ).split(" "),
);

/**
 * Writes a term as every mix hex reads it alike: in printable ASCII only. A binary with any other byte is written
 * as its bytes, because clients read raw text back as Latin-1.
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
  if (bytes.length === 0) {
    return "<<>>";
  }
  return bytes.every((byte) => byte >= 0x20 && byte <= 0x7e)
    ? `<<"${escapeText(new TextDecoder().decode(bytes), '"')}">>`
    : `<<${bytes.join(",")}>>`;
}

function escapeText(text: string, quote: string): string {
  return Array.from(text, (char) => {
    const point = char.codePointAt(0) ?? 0;
    if (char === quote || char === "\\") {
      return `\\${char}`;
    }
    return point >= 0x20 && point <= 0x7e ? char : `\\x{${point.toString(16)}}`;
  }).join("");
}

/** Erlang wants digits on both sides of the point. */
function printFloat(value: number): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  const [mantissa = text, exponent] = text.split("e");
  const pointed = mantissa.includes(".") ? mantissa : `${mantissa}.0`;
  return exponent === undefined ? pointed : `${pointed}e${exponent}`;
}
