/** An Erlang term. `string` is the list of its code points, kept apart so that it is written as it was read. */
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

/** A map whose keys are binaries: those that every mix hex reads. */
export function mapOf(fields: Readonly<Record<string, Term | undefined>>): MapTerm {
  const present = Object.entries(fields).filter((field): field is [string, Term] => field[1] !== undefined);
  return { type: "map", pairs: present.map(([key, value]) => [binary(key), value] as const) };
}

/** The text of a binary (UTF-8), a string or a list of code points; `undefined` for everything else. */
export function textOf(term: Term | undefined): string | undefined {
  if (term?.type === "binary") {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(term.bytes);
    } catch {
      return undefined;
    }
  }
  if (term?.type === "string") {
    return term.text;
  }
  if (term?.type === "list" && term.tail === undefined) {
    const points = term.items.map((item) => (item.type === "integer" ? Number(item.value) : -1));
    return points.every(isCodePoint)
      ? points.map((point) => String.fromCodePoint(point)).join("")
      : undefined;
  }
  return undefined;
}

/** The name of a map's key: clients write the same key as an atom or as a binary. */
export function keyName(term: Term): string | undefined {
  return term.type === "atom" ? term.name : textOf(term);
}

/** What a map holds under a name; `undefined` when it isn't there, or when it is no map. */
export function fieldOf(term: Term | undefined, name: string): Term | undefined {
  return term?.type === "map" ? term.pairs.findLast(([key]) => keyName(key) === name)?.[1] : undefined;
}

/**
 * The map with the field set, or without it; everything else stays as it is.
 * @param newKey how the key is written if the map doesn't have it
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

/** Code points that text can hold: no halves of a surrogate pair. */
export function isCodePoint(point: number): boolean {
  return Number.isInteger(point) && point >= 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
}
