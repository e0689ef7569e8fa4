import { wrapAnsi } from "fast-wrap-ansi";

/** A piece of a help page: a term with its meaning beside it, or a paragraph. */
interface Piece {
  /** The text before the meaning, including the indentation. For a paragraph, only the indentation. */
  readonly lead: string;
  text: string;
  /** The column in which the meaning or the paragraph begins. */
  readonly column: number;
}

/** A term with its meaning: two spaces are between them. */
const entry = /^(?<lead> +\S(?: ?\S)* {2,})(?<text>\S.*)$/;
/** Columns of the narrowest page. */
const fewestColumns = 20;
/** Columns that a meaning needs beside its term. With fewer, it goes below the term. */
const leastColumns = 24;
/** Replaces the space before the name of a variable. */
const noBreak = "\ue000";
/** Columns by which a meaning below its term is indented. */
const below = 8;

/**
 * Wraps a help page, which was made for 80 columns, between words for a narrower terminal. Commands stay valid in a
 * shell.
 */
export function fitHelp(help: string, columns: number): string {
  return readPieces(help)
    .map((piece) => wrapPiece(piece, Math.max(fewestColumns, columns)))
    .join("\n");
}

function readPieces(help: string): Piece[] {
  const pieces: Piece[] = [];
  for (const line of help.split("\n")) {
    const indent = line.search(/\S|$/);
    const { lead = " ".repeat(indent), text = line.trim() } = entry.exec(line)?.groups ?? {};
    const last = pieces.at(-1);
    const isCommand = (one: string) => one.startsWith("$ ");
    const goesOn = last?.column === indent && last.text !== "" && text !== "" && !isCommand(text);
    if (goesOn && lead.length === indent && !isCommand(last.text)) last.text += ` ${text}`;
    else pieces.push({ lead, text, column: lead.length });
  }
  return pieces;
}

function wrapPiece({ lead, text, column }: Piece, columns: number): string {
  const isEntry = lead.trim() !== "";
  if (isEntry && columns - column < leastColumns) {
    const term = hang(lead.trimEnd(), lead.search(/\S/), columns);
    return `${term}\n${hang(" ".repeat(below) + text, below, columns)}`;
  }
  return text.startsWith("$ ")
    ? hang(lead + text, column + "$ ".length, columns, " \\")
    : hang(lead + text, column, columns);
}

/**
 * Wraps a line and indents its later lines by that many columns.
 *
 * @param end comes at the end of each line except the last
 */
function hang(line: string, indent: number, columns: number, end = ""): string {
  if (line.length <= columns) return line;
  const words = line.slice(indent).replaceAll("[env: ", `[env:${noBreak}`);
  const wrapped = wrapAnsi(words, columns - indent - end.length, { hard: true });
  return (
    line.slice(0, indent) + wrapped.replaceAll("\n", `${end}\n${" ".repeat(indent)}`).replaceAll(noBreak, " ")
  );
}
