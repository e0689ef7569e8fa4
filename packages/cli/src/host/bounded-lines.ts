/** A line without its end, or the fact that a line was too long. */
export type Line = { readonly text: string } | { readonly tooLong: true };

const lineFeed = 0x0a;

/**
 * Yields lines (LF or CRLF, UTF-8) as they arrive. A line of more than `limit` bytes isn't kept in memory and gives
 * `tooLong`; reading continues after it. A last line without its end counts. Blank lines don't.
 */
export async function* boundedLines(source: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Line> {
  let kept: Uint8Array[] = [];
  let size = 0;
  const end = (): Line | undefined => {
    const line = size > limit ? ({ tooLong: true } as const) : { text: Buffer.concat(kept).toString("utf8") };
    kept = [];
    size = 0;
    return "text" in line && line.text.trim() === "" ? undefined : line;
  };
  for await (const chunk of source) {
    let start = 0;
    for (;;) {
      const found = chunk.indexOf(lineFeed, start);
      const part = chunk.subarray(start, found < 0 ? undefined : found);
      size += part.length;
      if (size <= limit) kept.push(part);
      else kept = [];
      if (found < 0) break;
      const line = end();
      if (line !== undefined) yield line;
      start = found + 1;
    }
  }
  const last = end();
  if (last !== undefined) yield last;
}
