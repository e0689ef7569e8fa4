const longest = 200;

/**
 * What another program says of an error, fit to be shown: its first line that holds anything, cut to 200
 * characters, without a full stop at the end, control and direction characters as their code points.
 */
export function readableText(text: string): string {
  const line = text
    .slice(0, 10_000)
    .split(/\r\n|\r|\n/)
    .map((candidate) => candidate.trim())
    .find((candidate) => candidate !== "");
  const shown = (line ?? "")
    .replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
      (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
    )
    .replace(/\.$/, "");
  return shown.length > longest ? `${shown.slice(0, longest)}…` : shown;
}
