import type { Term } from "../../src/file/erlang-term.ts";

/** A term in the form of `vectors/hex-config/*.json`. */
export type DescribedTerm = { t: string; v: unknown; hex?: string };

/** Describes a term like the vectors: strings as lists, maps in one order, without the text of `bin`. */
export function describeTerm(term: Term): unknown {
  switch (term.type) {
    case "atom":
      return ["true", "false"].includes(term.name) ? ["bool", term.name === "true"] : ["atom", term.name];
    case "binary":
      return ["bin", Buffer.from(term.bytes).toString("hex")];
    case "integer":
      return ["int", Number(term.value)];
    case "float":
      return ["float", String(term.value)];
    case "string":
      return ["list", Array.from(term.text, (char) => ["int", char.codePointAt(0)])];
    case "list":
      return [
        "list",
        term.items.map(describeTerm),
        ...(term.tail === undefined ? [] : [describeTerm(term.tail)]),
      ];
    case "tuple":
      return ["tuple", term.items.map(describeTerm)];
    case "map":
      return ["map", sorted(term.pairs.map((pair) => pair.map(describeTerm)))];
  }
}

/** Brings the description of a vector into the same form. */
export function normalize(described: DescribedTerm): unknown {
  const { t, v, hex } = described;
  if (t === "bin") {
    return [t, hex ?? ""];
  }
  if (t === "map") {
    return [t, sorted((v as DescribedTerm[][]).map((pair) => pair.map(normalize)))];
  }
  return [t, Array.isArray(v) ? v.map((item) => normalize(item as DescribedTerm)) : v];
}

function sorted(pairs: unknown[][]): unknown[][] {
  return pairs.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}
