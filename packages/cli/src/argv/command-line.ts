import { inputFields } from "@hexuser/core";
import { escapeText } from "../text/escape-text.ts";
import type { CommandDescription } from "./front-end.ts";

/**
 * The command line that gives an operation this input. Secrets are not part of it, because hexuser asks for them. A
 * value that looks like a flag comes last, after `--`.
 *
 * @example commandLine(keyRevoke, { name: "ci server" }) // "hexuser key revoke 'ci server'"
 */
export function commandLine(
  operation: Pick<CommandDescription, "id" | "input">,
  input: Readonly<Record<string, unknown>>,
  more: readonly string[] = [],
): string {
  const positional: string[] = [];
  const words = inputFields(operation).flatMap(({ name, flag, arg }) => {
    const value = input[name];
    if (value === undefined || value === null || value === false) return [];
    if (arg === true && flag === undefined) positional.push(String(value));
    if (flag === undefined) return [];
    if (value === true) return [`--${flag}`];
    const values = Array.isArray(value) ? value : [value];
    return values.flatMap((one) => [`--${flag}`, String(one)]);
  });
  return joinWords(operation.id, positional, [...words, ...more]);
}

/** Puts a command line together. Values come before the flags, unless they look like flags. */
export function joinWords(id: string, values: readonly string[], flags: readonly string[]): string {
  const ordered = values.some((value) => value.startsWith("-"))
    ? [...flags, "--", ...values]
    : [...values, ...flags];
  return ["hexuser", ...id.split("."), ...ordered].map(quote).join(" ");
}

/**
 * Quotes a word for the shells of POSIX systems. A character that can't be shown becomes the octal numbers of its bytes
 * in `$'…'` (POSIX 2024, 2.2.4). bash, zsh and busybox read this alike in every locale. dash doesn't support it.
 */
export function quote(word: string): string {
  if (escapeText(word) !== word) {
    const characters = Array.from(word, (one) =>
      one === "\\" || one === "'" ? `\\${one}` : escapeText(one) === one ? one : octal(one),
    );
    return `$'${characters.join("")}'`;
  }
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function octal(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
