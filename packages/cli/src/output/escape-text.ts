/**
 * Everything that could make a terminal do or show something other than the text: control characters of both sets,
 * separators of lines, marks that turn the direction of writing, and what can't be seen.
 */
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/**
 * Makes text from elsewhere (a server, a file) safe to be shown.
 *
 * @example escapeText("\u001b[2Jgone") // "\\u001b[2Jgone"
 */
export function escapeText(text: string): string {
  return text.replace(unsafe, asEscape);
}

/** The same for text of several lines: later lines are indented, so that none of them can pass for one of ours. */
export function escapeLines(text: string): string {
  return text.split("\n").map(escapeText).join("\n  ");
}

/** A JSON document whose text holds nothing unsafe, and is still the same JSON; of several lines, or of one. */
export function toSafeJson(value: unknown, layout: "lines" | "line" = "lines"): string {
  const text = JSON.stringify(value, null, layout === "lines" ? 2 : 0);
  return text.replace(unsafe, (character) => (character === "\n" ? character : asEscape(character)));
}

function asEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
