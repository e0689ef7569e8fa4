import xterm from "@xterm/headless";

/** The lines that a terminal shows after all its output; the lines that have scrolled away come first. */
export async function screenText(written: string, columns: number): Promise<string> {
  const terminal = new xterm.Terminal({ cols: columns, rows: 30, scrollback: 2000, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(written, resolve));
  const { active } = terminal.buffer;
  const lines: string[] = [];
  for (let row = 0; row < active.length; row += 1) {
    lines.push(active.getLine(row)?.translateToString(true) ?? "");
  }
  terminal.dispose();
  return `${lines.join("\n").trimEnd()}\n`;
}
