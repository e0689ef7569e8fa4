/**
 * Finds a text that holds half of a character: a surrogate without its other half, which JSON can write and UTF-8 can't
 * (RFC 8259, 8.2). Gives the path of the first one, `undefined` where every text is whole.
 */
export function findHalfCharacter(
  value: unknown,
  path: readonly string[] = [],
): readonly string[] | undefined {
  if (typeof value === "string") return value.isWellFormed() ? undefined : path;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, part] of Object.entries(value)) {
    const found = name.isWellFormed() ? findHalfCharacter(part, [...path, name]) : path;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What is wrong with such a text. */
export const halfCharacter = "holds half of a character (a lone surrogate)";
