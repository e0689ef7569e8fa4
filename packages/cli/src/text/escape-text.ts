/**
 * Everything that a reader can't see, or that could make a terminal do or show something else than the text, by its
 * Unicode properties: control characters, separators of lines, formats (among them the marks that turn the direction of
 * writing), what is ignored by default, and what has no meaning that everybody knows (private, unassigned, surrogates).
 * Line ends are dealt with by themselves.
 */
const unsafe = /(?!\n)[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/**
 * What some scripts and pictures are written with, and the unsafe: whole emoji; one joiner between two letters of a script
 * that joins letters (RFC 5892, appendix A.1 and A.2); one variation selector after a Mongolian letter.
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
 * Makes text from elsewhere (a server, a file) safe to be shown, to people and to models. What is escaped is shown as
 * the numbers of its UTF-16 code units, as in JSON.
 *
 * @example escapeText("\u001b[2Jgone") // "\\u001b[2Jgone"
 */
export function escapeText(text: string): string {
  return escapeInLines(text).replaceAll("\n", "\\u000a");
}

/** The same for text of several lines: later lines are indented, so that none of them can pass for one of ours. */
export function escapeLines(text: string): string {
  return escapeInLines(text).replaceAll("\n", "\n  ");
}

/** A JSON document whose text holds nothing unsafe, and is still the same JSON; of several lines, or of one. */
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

/** Most texts need no look at what scripts need, and are shown before that would be compiled. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
