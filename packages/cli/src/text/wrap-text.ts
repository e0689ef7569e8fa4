import stringWidth from "fast-string-width";
import { wrapAnsi } from "fast-wrap-ansi";

/** Replaces a space at which no line may end. Texts have no private characters, because they are escaped. */
const noBreak = "\ue000";

/**
 * Wraps each line between words. Later lines are indented as far as the first one, including its number or bullet. A
 * word that is longer than the line (an address) stays whole, so that it can be copied.
 *
 * @param columns the terminal's columns; without them, the text stays unchanged
 */
export function wrapText(text: string, columns: number | undefined): string {
  return columns === undefined
    ? text
    : text
        .split("\n")
        .map((line) => wrapLine(line, columns))
        .join("\n");
}

function wrapLine(line: string, columns: number): string {
  if (stringWidth(line) <= columns) return line;
  const lead = /^\s*(?:(?:\d+\.|[-*]) )?/.exec(line)?.[0] ?? "";
  const room = Math.max(1, columns - lead.length);
  // A command stays on one line if it fits there, so that it can be copied.
  const joined = line
    .slice(lead.length)
    .replaceAll(/`[^`]+`/g, (command) =>
      command.length < room ? command.replaceAll(" ", noBreak) : command,
    );
  const wrapped = wrapAnsi(joined, room).replaceAll("\n", `\n${" ".repeat(lead.length)}`);
  return lead + wrapped.replaceAll(noBreak, " ");
}
