/**
 * Characters that a reader can't see, or that make a terminal do or show something else than the text, by their Unicode
 * properties: control characters, line separators, format characters (such as marks for the direction of writing),
 * ignorable characters, and those without a common meaning (private, unassigned, surrogates). Line ends are handled
 * separately.
 */
const unsafe = /(?!\n)[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Sequences that some scripts and pictures need, and the unsafe characters: whole emoji; one joiner between two letters
 * of a script that joins letters (RFC 5892, appendix A.1 and A.2); one variation selector after a Mongolian letter.
 */
const neededOrUnsafe = once(() => {
  const joining = [
    ...[
      "Arabic",
      "Syriac",
      "Mandaic",
      "Nko",
      "Mongolian",
      "Phags_Pa",
      "Devanagari",
      "Bengali",
      "Gurmukhi",
      "Gujarati",
    ],
    ...["Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Khmer", "Myanmar", "Tibetan", "Newa"],
  ];
  const letter = `[[${joining.map((script) => `\\p{Script=${script}}`).join("")}]&&[\\p{L}\\p{M}]]`;
  const needed = [
    String.raw`(?=\p{Emoji})\p{RGI_Emoji}`,
    String.raw`(?<=${letter})[\u200c\u200d](?=${letter})`,
    String.raw`(?<=[\p{Script=Mongolian}&&\p{L}])[\u180b-\u180d\u180f]`,
  ];
  return new RegExp(`(?<needed>${needed.join("|")})|${unsafe.source}`, "gv");
});

/**
 * Makes text from elsewhere (a server, a file) safe to show to people and to models. An unsafe character is shown as
 * the numbers of its UTF-16 code units, as in JSON.
 *
 * @example escapeText("\u001b[2Jgone") // "\\u001b[2Jgone"
 */
export function escapeText(text: string): string {
  return escapeInLines(text).replaceAll("\n", "\\u000a");
}

/** Does the same for text of several lines. It indents later lines, so that they can't look like lines of hexuser. */
export function escapeLines(text: string): string {
  return escapeInLines(text).replaceAll("\n", "\n  ");
}

/** Makes a JSON document without unsafe characters. Its value stays the same. It has several lines, or one. */
export function toSafeJson(value: unknown, layout: "lines" | "line" = "lines"): string {
  return escapeInLines(JSON.stringify(value, null, layout === "lines" ? 2 : 0));
}

function escapeInLines(text: string): string {
  return unsafe.test(text) ? text.replace(neededOrUnsafe(), escapeMatch) : text;
}

function escapeMatch(match: string, needed: string | undefined): string {
  if (needed !== undefined) return match;
  const first = escapeUnit(match.charCodeAt(0));
  return match.length === 1 ? first : first + escapeUnit(match.charCodeAt(1));
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}

/** Compiles the pattern on demand, because most texts don't need it. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
