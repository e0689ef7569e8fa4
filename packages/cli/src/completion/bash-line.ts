/** A command line up to the cursor, as bash passes it. */
export interface BashLine {
  /** The words before the one at the cursor, without the program's name and without quotes. */
  readonly words: readonly string[];
  /** The typed part of the word at the cursor, without quotes. */
  readonly current: string;
  /** How many characters of `current` bash keeps. It replaces the rest. */
  readonly kept: number;
  /** The quote that is open at the cursor. */
  readonly quote: "" | "'" | '"';
}

/**
 * Splits a command line as bash does. It expands nothing.
 *
 * @param breaks the characters in `COMP_WORDBREAKS`. bash replaces only the text after the last of them.
 */
export function readBashLine(line: string, breaks: string): BashLine {
  const words: string[] = [];
  let current: string | undefined;
  let kept = 0;
  let quote: BashLine["quote"] = "";
  for (let index = 0; index < line.length; index += 1) {
    const char = line[index] ?? "";
    if (quote !== "") {
      const escaped = line[index + 1] ?? "";
      if (char === quote) quote = "";
      else if (quote === '"' && char === "\\" && '$`"\\'.includes(escaped)) {
        current += escaped;
        index += 1;
      } else current += char;
    } else if (/\s/.test(char)) {
      if (current !== undefined) words.push(current);
      current = undefined;
      kept = 0;
    } else {
      current ??= "";
      if (char === "'" || char === '"') {
        quote = char;
        kept = current.length;
      } else if (char === "\\") {
        current += line[index + 1] ?? "";
        index += 1;
      } else {
        current += char;
        if (breaks.includes(char)) kept = current.length;
      }
    }
  }
  return { words: words.slice(1), current: current ?? "", kept, quote };
}

/** Returns the reply with which bash completes the line to `word`, or `undefined` if bash can't write it there. */
export function bashReply(word: string, { current, kept, quote }: BashLine): string | undefined {
  if (!word.startsWith(current)) return undefined;
  const rest = word.slice(kept);
  if (quote === "'") return rest.includes("'") ? undefined : rest;
  if (quote === '"') return rest.replaceAll(/[$`"\\]/g, "\\$&");
  return rest.replaceAll(/[^\p{L}\p{N}_@%+=:,./-]/gu, "\\$&");
}
