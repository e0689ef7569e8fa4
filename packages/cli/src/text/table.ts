import { cutText, padText, textWidth } from "./text-width.ts";

export interface Column {
  readonly title: string;
  /** Columns narrower than this are not cut further. */
  readonly least: number;
}

const gap = "  ";

/** Cells that are wider than this don't widen their column: one of them would fill up each line with spaces. */
const widest = 100;

/**
 * Lays rows out in columns. With a width, the widest columns are cut until the lines fit, or can't be cut any
 * more; without one, nothing is cut, and what is much wider than the rest puts its own line out of line.
 */
export function layOutTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width?: number | undefined,
): { readonly header: string; readonly lines: readonly string[] } {
  const widths = columns.map(({ title }, index) => {
    const cells = rows.reduce((most, row) => Math.max(most, textWidth(row[index] ?? "", widest)), 0);
    return Math.max(textWidth(title), cells);
  });
  if (width !== undefined) fitWidths(widths, columns, width);
  const fit = width === undefined ? (cell: string) => cell : cutText;
  const lay = (cells: readonly string[]) =>
    widths
      .map((columnWidth, index) => padText(fit(cells[index] ?? "", columnWidth), columnWidth))
      .join(gap)
      .trimEnd();
  return { header: lay(columns.map(({ title }) => title)), lines: rows.map(lay) };
}

function fitWidths(widths: number[], columns: readonly Column[], width: number): void {
  const sum = () => widths.reduce((total, one) => total + one, gap.length * (widths.length - 1));
  while (sum() > width) {
    let chosen = -1;
    widths.forEach((columnWidth, index) => {
      const canBeCut = columnWidth > (columns[index]?.least ?? 0);
      if (canBeCut && (chosen < 0 || columnWidth > (widths[chosen] ?? 0))) chosen = index;
    });
    if (chosen < 0) return;
    widths[chosen] = (widths[chosen] ?? 0) - 1;
  }
}
