import { styleText } from "node:util";
import type { Front } from "../setup/front.ts";
import { escapeText } from "./escape-text.ts";
import type { Rendered } from "./render-output.ts";
import { type Column, layOutTable } from "./table.ts";

interface ListedKey {
  readonly name: string;
  readonly permissions: readonly string[];
  readonly lastUse: { readonly usedAt: string | null } | null;
  readonly expiresAt: string | null;
  readonly createdAt: string | null;
  readonly inUse: boolean;
}

const columns: readonly Column[] = [
  { title: "Name", least: 8 },
  { title: "Permissions", least: 11 },
  { title: "Last use", least: 10 },
  { title: "Expires", least: 10 },
  { title: "Created", least: 10 },
];

/**
 * Lays the keys out as a table: on a terminal as wide as that is, with days instead of times where it's narrow;
 * in a pipe with everything in full.
 */
export function renderKeyList(
  { keys }: { readonly keys: readonly ListedKey[] },
  { colors, width }: Pick<Front, "colors" | "width">,
): Rendered {
  if (keys.length === 0) return { notices: ["The account has no keys."] };
  const rows = keys.map((key) => [
    escapeText(key.name),
    escapeText(key.permissions.join(", ")),
    when(key.lastUse?.usedAt ?? null, "never"),
    when(key.expiresAt, "never"),
    when(key.createdAt, "unknown"),
  ]);
  const { header, lines } = layOutTable(columns, rows, width);
  const title = colors.out ? styleText("bold", header, { validateStream: false }) : header;
  const own = keys.find((key) => key.inUse);
  return {
    data: [title, ...lines].join("\n"),
    details: own === undefined ? [] : [`This machine uses the key ${own.name}.`],
  };
}

/** `2026-11-24T14:12:00.123456Z` → `2026-11-24 14:12`, in UTC as the registry gives it. */
function when(time: string | null, none: string): string {
  if (time === null) return none;
  const parts = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(time);
  return parts === null ? escapeText(time) : `${parts[1]} ${parts[2]}`;
}
