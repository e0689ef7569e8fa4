import fc from "fast-check";
import type { Term } from "../../src/file/erlang-term.ts";

const text = fc.string({
  unit: fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    fc.constantFrom(..."\"'\\#{}\n\r\t é"),
  ),
});
const small = { maxLength: 3 };

/** Terms with a literal in Elixir. */
export const { elixirTerm } = fc.letrec<{ elixirTerm: Term; leaf: Term }>((tie) => ({
  leaf: fc.oneof(
    fc
      .oneof(
        fc.string({ unit: "binary", maxLength: 60 }),
        fc.constantFrom("a", "nil", "Elixir.Hex", "+", "x@?", ""),
      )
      .map((name): Term => ({ type: "atom", name })),
    fc.uint8Array().map((bytes): Term => ({ type: "binary", bytes })),
    text.map((value): Term => ({ type: "binary", bytes: new TextEncoder().encode(value) })),
    text.map((value): Term => ({ type: "string", text: value })),
    fc.bigInt().map((value): Term => ({ type: "integer", value })),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value): Term => ({ type: "float", value })),
  ),
  elixirTerm: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("leaf"),
    fc.array(tie("elixirTerm"), small).map((items): Term => ({ type: "list", items })),
    fc.array(tie("elixirTerm"), small).map((items): Term => ({ type: "tuple", items })),
    fc
      .array(fc.tuple(tie("leaf"), tie("elixirTerm")), small)
      .map((pairs): Term => ({ type: "list", items: pairs.map((items) => ({ type: "tuple", items })) })),
    fc
      .array(fc.tuple(tie("elixirTerm"), tie("elixirTerm")), small)
      .map((pairs): Term => ({ type: "map", pairs })),
  ),
}));

/** Writes a term as one of its literals. The numbers choose which. */
export function printElixir(term: Term, choices: Iterator<number>): string {
  const choose = (count: number) => (choices.next().value ?? 0) % count;
  const pick = (...options: string[]) => options[choose(options.length)] ?? "";
  const blank = () => pick("", " ", "\n", "\r\n\t", '# it\'s a "comment" [\n', "\\\n");
  const print = (each: Term) => printElixir(each, choices);
  const isPair = (each: Term): each is Extract<Term, { type: "tuple" }> =>
    each.type === "tuple" && each.items.length === 2 && each.items[0]?.type === "atom";
  const keyword = (key: Term, value: Term) => {
    const name = key.type === "atom" ? key.name : "";
    return `${isBare(name) && choose(2) ? name : quote(name, '"', choose)}:${pick(" ", "\n", "\t# c\n")}${print(value)}`;
  };
  const join = (items: readonly string[]) =>
    blank() +
    items
      .map((item, index) => item + pick("", " ") + (index < items.length - 1 ? `,${blank()}` : pick("", ",")))
      .join("") +
    blank();
  const listItems = (items: readonly Term[]) => {
    const plain = items.findLastIndex((item) => !isPair(item)) + 1;
    const from = plain + choose(items.length - plain + 1);
    return items.map((item, index) =>
      index >= from && isPair(item) ? keyword(item.items[0] as Term, item.items[1] as Term) : print(item),
    );
  };
  switch (term.type) {
    case "atom":
      return isBare(term.name) && choose(2)
        ? `:${term.name}`
        : `:${quote(term.name, pick('"', "'"), choose)}`;
    case "binary":
      return printBinary(term.bytes, choose);
    case "string":
      return choose(3)
        ? quote(term.text, "'", choose)
        : `[${Array.from(term.text, (char) => char.codePointAt(0)).join(",")}]`;
    case "integer":
      return term.value < 0n
        ? `-${pick("", " ")}${printNatural(-term.value, choose)}`
        : printNatural(term.value, choose);
    case "float":
      return term.value
        .toExponential()
        .replace(/^(-?\d+)(?=e)/, "$1.0")
        .replace(/^-/, Object.is(term.value, -0) ? "" : "-")
        .replace(/^/, Object.is(term.value, -0) ? "-" : "");
    case "list":
      return `[${join(listItems(term.items))}]`;
    case "tuple": {
      const last = term.items.at(-1);
      if (
        term.items.length > 1 &&
        last?.type === "list" &&
        last.items.length > 0 &&
        last.items.every(isPair) &&
        choose(2)
      ) {
        const keywords = last.items
          .filter(isPair)
          .map(({ items }) => keyword(items[0] as Term, items[1] as Term));
        return `{${join([...term.items.slice(0, -1).map(print), ...keywords])}}`;
      }
      return `{${join(term.items.map(print))}}`;
    }
    case "map": {
      const from = term.pairs.findLastIndex(([key]) => key.type !== "atom") + 1 + choose(3);
      return `%{${join(
        term.pairs.map(([key, value], index) =>
          index >= from
            ? keyword(key, value)
            : `${print(key)}${pick("", " ", "\n")} => ${pick("", "\n")}${print(value)}`,
        ),
      )}}`;
    }
  }
}

function isBare(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_@]*[?!]?$|^(?:[+*|]|<<>>|%\{\}|\.\.\/\/)$/.test(name) && name.length < 256;
}

function printNatural(value: bigint, choose: (count: number) => number): string {
  const forms = [
    `0x${value.toString(16)}`,
    `0o${value.toString(8)}`,
    `0b${value.toString(2)}`,
    value.toString().replace(/\B(?=(\d{3})+$)/g, "_"),
  ];
  const shown = forms[choose(5)] ?? value.toString();
  const isChar = value > 0x20n && value < 0xd800n && value !== 0x5cn && !choose(3);
  return isChar ? `?${String.fromCodePoint(Number(value))}` : shown;
}

function printBinary(bytes: Uint8Array, choose: (count: number) => number): string {
  const content = Buffer.from(bytes);
  const written = content.toString();
  if (!Buffer.from(written).equals(content)) {
    return choose(2)
      ? `<<${[...bytes].join(", ")}>>`
      : `"${[...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`;
  }
  if (written.endsWith("\n") && choose(2)) {
    const indentation = ["", "  ", "\t"][choose(3)] ?? "";
    const escaped = escapeText(written, "", choose).replace(/"""/g, '""\\"');
    return `"""\n${escaped.replace(/(?<=^|\n)/g, indentation)}"""`;
  }
  return quote(written, '"', choose);
}

function quote(value: string, mark: string, choose: (count: number) => number): string {
  return mark + escapeText(value, mark, choose) + mark;
}

const letters: Readonly<Record<string, string>> = {
  "\0": "0",
  "\x07": "a",
  "\b": "b",
  "\x7f": "d",
  "\x1b": "e",
  "\f": "f",
  "\r": "r",
  " ": "s",
  "\t": "t",
  "\v": "v",
};

function escapeText(value: string, mark: string, choose: (count: number) => number): string {
  return Array.from(value, (char) => {
    const point = char.codePointAt(0) ?? 0;
    if (char === mark || char === "\\" || char === "#") {
      return `\\${char}`;
    }
    const letter = letters[char];
    // The line breaks of heredocs stay.
    const form = char === "\n" ? 9 : choose(6);
    return form === 0 && letter !== undefined
      ? `\\${letter}`
      : form === 1
        ? `\\u{${point.toString(16)}}`
        : form === 2
          ? `\\\n${char === "\r" ? "\\r" : char}`
          : char;
  }).join("");
}
