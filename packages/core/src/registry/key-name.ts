/** A name for a sentence: on one line, whatever it holds. Front ends escape what else a terminal can't take. */
export function quoteName(name: string): string {
  return `“${name.replaceAll("\r", "\\r").replaceAll("\n", "\\n")}”`;
}
