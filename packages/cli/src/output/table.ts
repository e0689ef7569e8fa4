import { cutText, padText, textWidth } from "./text-width.ts";

export interface Column {
  readonly title: string;
  /** Columns narrower than this are not cut further. */
  readonly least: number;
}

const gap = "  ";

/**
 * Lays rows out in columns. With a width, the widest columns are cut until the lines fit, or can't be cut any
 * more; without one, nothing is cut.
 */
export function layOutTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width?: number | undefined,
): { readonly header: string; readonly lines: readonly string[] } {
  const widths = columns.map(({ title }, index) =>
    Math.max(textWidth(title), ...rows.map((row) => textWidth(row[index] ?? ""))),
  );
  if (width !== undefined) fitWidths(widths, columns, width);
  const lay = (cells: readonly string[]) =>
    widths
      .map((columnWidth, index) => padText(cutText(cells[index] ?? "", columnWidth), columnWidth))
      .join(gap)
      .trimEnd();
  return { header: lay(columns.map(({ title }) => title)), lines: rows.map(lay) };
}

function fitWidths(widths: number[], columns: readonly Column[], width: number): void {
  const sum = () => widths.reduce((total, one) => total + one, gap.length * (widths.length - 1));
  while (sum() > width) {
    let widest = -1;
    widths.forEach((columnWidth, index) => {
      const canBeCut = columnWidth > (columns[index]?.least ?? 0);
      if (canBeCut && (widest < 0 || columnWidth > (widths[widest] ?? 0))) widest = index;
    });
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}
