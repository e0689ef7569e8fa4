import type { AnyOperation } from "@hexuser/core";
import { escapeText } from "../output/escape-text.ts";
import { inputFields } from "./input-field.ts";

/**
 * The command line that gives an operation this input. Secrets have no place in it: they are asked for.
 *
 * @example commandLine(keyRevoke, { name: "ci server" }) // "hexuser key revoke 'ci server'"
 */
export function commandLine(
  operation: AnyOperation,
  input: Readonly<Record<string, unknown>>,
  more: readonly string[] = [],
): string {
  const words = inputFields(operation).flatMap(({ name, flag, isArgument }) => {
    const value = input[name];
    if (value === undefined || value === null || value === false) return [];
    if (isArgument) return [String(value)];
    if (flag === undefined) return [];
    if (value === true) return [`--${flag}`];
    const values = Array.isArray(value) ? value : [value];
    return values.flatMap((one) => [`--${flag}`, String(one)]);
  });
  return ["hexuser", ...operation.id.split("."), ...words, ...more].map(quote).join(" ");
}

/** As the shells of POSIX systems take it; what can't be shown as their `$'…'` has it (POSIX 2024, 2.2.4). */
function quote(word: string): string {
  if (escapeText(word) !== word) {
    return `$'${escapeText(word.replaceAll("\\", "\\\\").replaceAll("'", "\\'"))}'`;
  }
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
