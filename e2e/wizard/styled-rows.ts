import xterm from "@xterm/headless";

/** Text in one style. */
export interface Span {
  readonly text: string;
  /** A number of the terminal's palette; undefined for the default color. */
  readonly color: number | undefined;
  readonly isBold: boolean;
  readonly isDim: boolean;
}

/** A terminal whose rows can be read while it's written to. */
export interface StyledScreen {
  write(text: string): Promise<void>;
  /** Every row from the first one, without invisible spans. */
  rows(): readonly (readonly (Span & { readonly column: number })[])[];
}

/** Makes a terminal that is high enough to keep all its rows. */
export function createStyledScreen(columns: number, height: number): StyledScreen {
  const terminal = new xterm.Terminal({ cols: columns, rows: height, allowProposedApi: true });
  const { active } = terminal.buffer;
  return {
    write: (text) => new Promise((resolve) => terminal.write(text, resolve)),
    rows: () => Array.from({ length: height }, (_, row) => spansOf(active.getLine(row), columns)),
  };
}

function spansOf(line: ReturnType<xterm.Terminal["buffer"]["active"]["getLine"]>, columns: number) {
  const spans: (Span & { column: number; text: string })[] = [];
  for (let column = 0; column < columns; column += 1) {
    const cell = line?.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const look = {
      color: cell.isFgDefault() ? undefined : cell.getFgColor(),
      isBold: cell.isBold() !== 0,
      isDim: cell.isDim() !== 0,
    };
    const last = spans.at(-1);
    const isSame =
      last !== undefined &&
      last.color === look.color &&
      last.isBold === look.isBold &&
      last.isDim === look.isDim;
    const text = cell.getChars() || " ";
    if (isSame) last.text += text;
    else spans.push({ ...look, column, text });
  }
  return spans.map((span) => ({ ...span, text: span.text.trimEnd() })).filter(({ text }) => text !== "");
}
