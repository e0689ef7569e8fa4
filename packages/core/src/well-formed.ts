/** A value inside another one. */
interface Place {
  readonly value: unknown;
  readonly name?: string;
  readonly parent?: Place;
}

/**
 * Finds a text that holds half of a character: a surrogate without its other half, which JSON can write and UTF-8 can't
 * (RFC 8259, 8.2). Gives the path of such a text, or of what has such a name in it; `undefined` where every text is
 * whole. It takes any depth of nesting, so it doesn't call itself.
 */
export function findHalfCharacter(value: unknown): readonly string[] | undefined {
  const open: Place[] = [{ value }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (typeof place.value === "string") {
      if (!place.value.isWellFormed()) return pathOf(place);
    } else if (typeof place.value === "object" && place.value !== null) {
      for (const [name, part] of Object.entries(place.value).reverse()) {
        if (!name.isWellFormed()) return pathOf(place);
        open.push({ value: part, name, parent: place });
      }
    }
  }
  return undefined;
}

function pathOf(place: Place): readonly string[] {
  const names: string[] = [];
  for (let at: Place | undefined = place; at?.name !== undefined; at = at.parent) names.push(at.name);
  return names.reverse();
}

/** What is wrong with such a text. */
export const halfCharacter = "holds half of a character (a lone surrogate)";
