/**
 * Returns the word that the person probably meant. It begins with the typed text or differs from it in few letters.
 *
 * @example nearest("whomai", ["whoami", "auth"]) // "whoami"
 */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const small = typed.toLowerCase().slice(0, 40);
  if (small.replaceAll("-", "") === "") return undefined;
  const ranked = words
    .map((word) => ({ word, distance: word.startsWith(small) ? 0.5 : editDistance(small, word) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(1, small.length / 3) ? best.word : undefined;
}

/** Counts insertions, deletions, replacements and swaps of neighbours (Damerau and Levenshtein). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + cost,
          swap ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
