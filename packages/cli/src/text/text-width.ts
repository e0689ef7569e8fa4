/** Letters of East Asia and pictures fill two columns of a terminal (Unicode, annex 11). */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const none = /\p{Mn}|\p{Me}|\p{Cf}/u;

/**
 * How many columns of a terminal the text fills.
 *
 * @param most no more than these are counted, and the rest of the text isn't looked at
 */
export function textWidth(text: string, most = Number.POSITIVE_INFINITY): number {
  let width = 0;
  for (const character of text) {
    width += characterWidth(character);
    if (width >= most) return most;
  }
  return width;
}

/** Cuts the text so that it fills that many columns at the most, with “…” where something is missing. */
export function cutText(text: string, columns: number): string {
  if (textWidth(text, columns + 1) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Fills the text up with spaces. */
export function padText(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - textWidth(text, columns)));
}

function characterWidth(character: string): number {
  if (none.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
