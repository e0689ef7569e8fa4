import { styleText } from "node:util";
import type { AnyOperation, Cell, Display, DisplayColumn, DisplayList } from "@hexuser/core";
import type { Front } from "../setup/front.ts";
import { escapeText, toSafeJson } from "./escape-text.ts";
import { layOutTable } from "./table.ts";

/** What a person sees of an output: data for standard output, and sentences for standard error. */
export interface Rendered extends Pick<Display, "notices" | "warnings" | "details"> {
  readonly data?: string | undefined;
}

type Look = Pick<Front, "colors" | "width">;

/** Renders what an operation shows of its output. An operation that says nothing about that is shown as JSON. */
export function renderOutput(
  operation: Pick<AnyOperation, "show">,
  output: Record<string, unknown>,
  look: Look,
): Rendered {
  if (operation.show === undefined) return { data: toSafeJson(output) };
  const { value, text, list, notices = [], warnings = [], details = [] }: Display = operation.show(output);
  const empty = list?.rows.length === 0 && list.empty !== undefined ? [list.empty] : [];
  return {
    data:
      text?.trimEnd() ??
      (value === undefined ? undefined : escapeText(value)) ??
      (list === undefined || empty.length > 0 ? undefined : renderList(list, look)),
    // Names of keys and accounts may hold line breaks, which would end a sentence of ours.
    notices: [...empty, ...notices].map(escapeText),
    warnings: warnings.map(escapeText),
    details: details.map(escapeText),
  };
}

/**
 * Lays a list out as a table: as wide as the terminal, with days instead of times where that is narrow; in a pipe with
 * everything in full. Colour alone tells nothing.
 */
function renderList({ columns, rows }: DisplayList, { colors, width }: Look): string {
  const { header, lines } = layOutTable(
    columns.map(({ title, kind }) => ({ title, least: Math.max(title.length, leastWidths[kind]) })),
    rows.map((row) => row.map((cell, index) => renderCell(cell, columns[index]))),
    width,
  );
  return [colors.out ? styleText("bold", header, { validateStream: false }) : header, ...lines].join("\n");
}

/** A time that is cut to this is a day. */
const leastWidths = { name: 8, words: 0, sentence: 20, time: 10, yes_no: 0, mark: 0 };

function renderCell(cell: Cell, column: DisplayColumn | undefined): string {
  if (cell === null) return column?.none ?? "";
  if (typeof cell === "boolean") return cell ? "yes" : column?.kind === "mark" ? "" : "no";
  if (typeof cell !== "string") return escapeText(cell.join(", "));
  return escapeText(column?.kind === "time" ? toMinutes(cell) : cell);
}

/** `2026-11-24T14:12:00.123456Z` → `2026-11-24 14:12`, in UTC as the registry gives it. */
function toMinutes(time: string): string {
  const [, day, minute] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(time) ?? [];
  return day === undefined ? time : `${day} ${minute}`;
}
