import { z } from "zod";

/**
 * A name or an address that a person types: outer white space is dropped, and something has to be left.
 *
 * @param longest characters
 */
export function shortText(longest: number) {
  return z
    .string({ error: ({ input }) => (input === undefined ? "is missing" : undefined) })
    .trim()
    .min(1, "must not be empty")
    .max(longest, `must have at most ${longest} characters`);
}
