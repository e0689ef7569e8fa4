import { z } from "zod";

/**
 * A text of the registry's, of which not more than so many UTF-16 code units are kept. One that is longer ends with “…”.
 */
export function boundedText(most: number) {
  return z.string().transform((text) => cutText(text, most));
}

function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  // Between the halves of a character nothing is cut.
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
