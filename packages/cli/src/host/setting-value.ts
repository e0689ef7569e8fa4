import { fail } from "@hexuser/core";

const longestTimeout = 24 * 60 * 60;

/**
 * Reads a number of seconds and gives it in milliseconds. `source` names the flag or variable for the message; none at
 * all counts as a number only where `least` is 0.
 */
export function readSeconds(
  text: string | undefined,
  source: string,
  { least }: { readonly least?: 0 } = {},
): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if ((seconds > 0 || seconds === least) && seconds <= longestTimeout) return Math.ceil(seconds * 1000);
  throw fail("invalid_input", `${source} is not a number of seconds.`, {
    hint: `give ${source} a number ${least === 0 ? "from 0 on" : "above 0"}, like 30.`,
  });
}

/** Reads yes or no as mix hex does: `1` and `true`, `0` and `false`. */
export function readFlagWord(text: string | undefined, source: string): boolean | undefined {
  if (text === undefined) return undefined;
  const word = text.toLowerCase();
  if (word === "1" || word === "true") return true;
  if (word === "0" || word === "false") return false;
  throw fail("invalid_input", `${source} is neither true nor false.`, {
    hint: `set ${source} to 1 or 0.`,
  });
}
