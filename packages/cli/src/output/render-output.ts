import { styleText } from "node:util";
import type { Cell, Column, Display, List } from "@hexuser/core";
import type { Front } from "../host/front.ts";
import { escapeText, toSafeJson } from "../text/escape-text.ts";
import { layOutTable } from "../text/table.ts";

/** What a person gets to see of an output: data for standard output, and sentences for standard error. */
export interface Rendered {
  readonly data: string | undefined;
  readonly notices: readonly string[];
  /** Told even when quiet. */
  readonly warnings: readonly string[];
  readonly details: readonly string[];
}

/** Something that can say how its output is shown. */
export interface Shown {
  // biome-ignore lint/suspicious/noExplicitAny: `execute` has checked the output by the operation's own schema
  show?(output: any): Display;
}

/**
 * Puts an output into words for a terminal or a pipe; without words of its own it is shown as JSON. Names of keys and
 * accounts may hold line breaks, which would end a sentence of ours: each value and each sentence stays on its line.
 */
export function renderOutput(
  { show }: Shown,
  output: Record<string, unknown>,
  front: Pick<Front, "colors" | "width">,
): Rendered {
  const { value, list, text, notices, warnings, details } = show?.(output) ?? { text: toSafeJson(output) };
  const inLines = (sentences: readonly string[] = []) => sentences.map(escapeText);
  return {
    data: list === undefined ? (text?.trimEnd() ?? (value && escapeText(value))) : renderList(list, front),
    notices: inLines(notices),
    warnings: inLines(warnings),
    details: inLines(details),
  };
}

/** On a terminal as wide as that is; in a pipe with everything in full. */
function renderList({ columns, rows }: List, { colors, width }: Pick<Front, "colors" | "width">): string {
  const cells = rows.map((row) => columns.map((column, index) => renderCell(row[index] ?? null, column)));
  const { header, lines } = layOutTable(columns.map(leastWidth), cells, width);
  const title = colors.out ? styleText("bold", header, { validateStream: false }) : header;
  return [title, ...lines].join("\n");
}

/** A day has ten characters, and eight show what a text is about. */
function leastWidth({ title, isTime = false }: Column) {
  return { title, least: isTime ? 10 : Math.max(8, title.length) };
}

function renderCell(cell: Cell, { isTime = false, absent = "" }: Column): string {
  if (cell === null) return absent;
  if (typeof cell !== "string") return escapeText(cell.join(", "));
  return isTime ? toMinutes(cell) : escapeText(cell);
}

/** `2026-11-24T14:12:00.123456Z` → `2026-11-24 14:12`, in UTC as the registry gives it. */
function toMinutes(time: string): string {
  const parts = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(time);
  return parts === null ? escapeText(time) : `${parts[1]} ${parts[2]}`;
}
