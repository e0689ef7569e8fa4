import { styleText } from "node:util";
import { type Cell, type Column, type List, tellDistance, tellTime } from "@hexuser/core";
import stringWidth from "fast-string-width";
import { wrapAnsi } from "fast-wrap-ansi";
import { escapeText } from "../text/escape-text.ts";
import { wrapText } from "../text/wrap-text.ts";

interface Place {
  /** The columns of the terminal. Absent for a pipe or a file. */
  readonly width: number | undefined;
  readonly hasColors: boolean;
  /** Milliseconds since the UNIX epoch. */
  readonly now: number;
}

type Lines = readonly string[];

const gap = "  ";
/** Columns. On a narrower terminal, each row is a block of lines. */
const leastTable = 60;
/** Columns of text don't become narrower than this, unless their words are shorter. */
const leastText = 40;
/** In a pipe, a cell beyond this width doesn't widen its column. Otherwise it would add spaces to every line. */
const widest = 100;

/**
 * Lays out a list. On a terminal, it tells times in words and wraps cells so that the lines fit; a narrow terminal gets
 * a block per row. In a pipe, each row is one line with the full values, unless the list asks for blocks.
 */
export function renderList(list: List, place: Place): string {
  const { columns, rows, isBlock = false } = list;
  if (place.width === undefined && !isBlock) return layOutLines(list);
  const { width = Number.POSITIVE_INFINITY, hasColors, now } = place;
  const bold = (text: string) => (hasColors ? styleText("bold", text, { validateStream: false }) : text);
  const isShown = columns.map(({ kind }) => kind !== "mark");
  const marks = rows.map((row) => row.some((cell, index) => cell === true && !isShown[index]));
  const gutter = marks.includes(true) ? gap.length : 0;
  const mark = (row: number) => (marks[row] === true ? "* " : " ".repeat(gutter));
  const pick = <T>(values: readonly T[]) => values.filter((_, index) => isShown[index]);
  const shown = pick(columns);
  const cellsWith = (tellTime: (time: string) => string) =>
    rows.map((row) => pick(columns.map((column, index) => tellCell(row[index] ?? null, column, tellTime))));
  const worded = cellsWith((time) => (isBlock ? tellExactly(time, now) : tellInWords(time, now)));
  const tables = width < leastTable || isBlock ? [] : [worded, cellsWith(tellDay)];
  const fitting = tables
    .map((cells, index) => ({ cells, widths: fitWidths(shown, cells, width - gutter, index > 0) }))
    .find(({ widths }) => widths !== undefined);
  const lines =
    fitting?.widths === undefined
      ? worded.flatMap((row, index) => [
          ...(index === 0 ? [] : [""]),
          ...layOutBlock(shown, row, { width, mark: mark(index), gutter, bold }),
        ])
      : [
          bold(
            " ".repeat(gutter) +
              layOutRow(
                shown.map(({ title }) => title),
                fitting.widths,
              ).join(""),
          ),
          ...fitting.cells.flatMap((row, index) =>
            layOutRow(row, fitting.widths ?? []).map(
              (line, part) => (part === 0 ? mark(index) : " ".repeat(gutter)) + line,
            ),
          ),
        ];
  return [...lines, ...legend(list, marks.includes(true)).map((line) => wrapText(line, width))].join("\n");
}

/** Prints a line per row, with the full values and tabs between them. A tab in a value is escaped. */
export function renderTsv({ columns, rows }: List): string {
  return rows
    .map((row) => columns.map((_, index) => tellCell(row[index] ?? null, {}, escapeText)).join("\t"))
    .join("\n");
}

function layOutLines({ columns, rows }: List): string {
  const all = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map((column, index) => tellCell(row[index] ?? null, column, escapeText))),
  ];
  const widths = columns.map((_, index) => Math.min(widest, widestOf(all.map((row) => row[index] ?? ""))));
  return all
    .map((row) =>
      row
        .map((cell, index) => pad(cell, widths[index] ?? 0))
        .join(gap)
        .trimEnd(),
    )
    .join("\n");
}

function tellCell(cell: Cell, { absent = "", kind }: Partial<Column>, tellTime: (time: string) => string) {
  if (cell === null) return absent;
  if (typeof cell === "boolean") return cell ? "yes" : "";
  if (typeof cell !== "string") return escapeText(cell.join(", "));
  return kind === "time" ? tellTime(cell) : escapeText(cell);
}

/** Tells a past time by its distance. Adds the date to a future time, because people write it down. */
function tellInWords(time: string, now: number): string {
  const distance = tellDistance(time, now);
  if (distance === undefined) return escapeText(time);
  return distance.endsWith("ago") ? distance : `${tellDay(time)}, ${distance}`;
}

/** The time in UTC and its distance. */
function tellExactly(time: string, now: number): string {
  return [escapeText(tellTime(time)), tellDistance(time, now) ?? []].flat().join(", ");
}

/** The day in UTC, as in the registry's answer. */
function tellDay(time: string): string {
  return /^\d{4}-\d{2}-\d{2}(?=T)/.exec(time)?.[0] ?? escapeText(time);
}

function legend({ columns, isBlock }: List, isMarked: boolean): Lines {
  const means = columns.flatMap(({ kind, means: what }) =>
    kind === "mark" && isMarked && what !== undefined ? [`* ${what}`] : [],
  );
  const zone = isBlock !== true && columns.some(({ kind }) => kind === "time") ? ["Dates are in UTC."] : [];
  const lines = [...means, ...zone];
  return lines.length === 0 ? [] : ["", ...lines];
}

/**
 * Finds widths at which the columns fit, if allowed by wrapping the widest texts. Returns `undefined` if they can't
 * fit.
 */
function fitWidths(
  columns: readonly Column[],
  rows: readonly Lines[],
  width: number,
  mayWrap: boolean,
): number[] | undefined {
  const texts = columns.map(({ title }, index) => [title, ...rows.map((row) => row[index] ?? "")]);
  const widths = texts.map(widestOf);
  const least = columns.map(({ kind }, index) =>
    kind === "time"
      ? (widths[index] ?? 0)
      : Math.min(leastText, widestOf((texts[index] ?? []).join(" ").split(" "))),
  );
  const excess = () => widths.reduce((sum, each) => sum + each, gap.length * (widths.length - 1)) - width;
  while (excess() > 0) {
    let chosen = -1;
    widths.forEach((each, index) => {
      const canShrink = mayWrap && each > (least[index] ?? 0);
      if (canShrink && (chosen < 0 || each > (widths[chosen] ?? 0))) chosen = index;
    });
    if (chosen < 0) return undefined;
    widths[chosen] = (widths[chosen] ?? 0) - 1;
  }
  return widths;
}

function layOutRow(cells: Lines, widths: readonly number[]): string[] {
  const wrapped = cells.map((cell, index) => wrapCell(cell, widths[index] ?? 0));
  const height = Math.max(...wrapped.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    wrapped
      .map((parts, index) => pad(parts[line] ?? "", widths[index] ?? 0))
      .join(gap)
      .trimEnd(),
  );
}

interface BlockLayout {
  readonly width: number;
  readonly mark: string;
  readonly gutter: number;
  readonly bold: (text: string) => string;
}

/** The first value is the heading, and each other value has a line. */
function layOutBlock(
  [, ...columns]: readonly Column[],
  [heading = "", ...cells]: Lines,
  { width, mark, gutter, bold }: BlockLayout,
): Lines {
  const titles = Math.max(...columns.map(({ title }) => stringWidth(title)));
  const lead = gutter + gap.length;
  const room = Math.max(1, width - lead - titles - gap.length);
  return [
    ...wrapCell(heading, width - gutter).map(
      (part, index) => (index === 0 ? mark : " ".repeat(gutter)) + bold(part),
    ),
    ...cells.flatMap((cell, index) =>
      wrapCell(cell, room).flatMap((part, line) =>
        cell === ""
          ? []
          : [
              `${" ".repeat(lead)}${pad(line === 0 ? (columns[index]?.title ?? "") : "", titles)}${gap}${part}`,
            ],
      ),
    ),
  ];
}

function wrapCell(cell: string, width: number): string[] {
  return stringWidth(cell) <= width ? [cell] : wrapAnsi(cell, Math.max(1, width), { hard: true }).split("\n");
}

function widestOf(texts: Lines): number {
  return texts.reduce((most, text) => Math.max(most, stringWidth(text)), 0);
}

function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - stringWidth(text)));
}
