/**
 * Gives what makes a value when it's first asked for, and gives the same from then on. For schemas that most runs don't
 * check: making one takes longer than checking by it.
 */
export function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
