/**
 * Returns a function that makes a value on its first call and returns the same value from then on. It's for schemas
 * that most runs don't use: making a schema takes longer than checking a value by it.
 */
export function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
