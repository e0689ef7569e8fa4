import type { StyledScreen } from "../e2e/wizard/styled-rows.ts";

type Row = ReturnType<StyledScreen["rows"]>[number];

/** The content of the screen, beginning at some moment. */
export interface Frame {
  /** Seconds from the beginning. */
  readonly time: number;
  readonly rows: readonly Row[];
}

/** The properties of the picture. */
export interface Picture {
  readonly title: string;
  readonly columns: number;
  /** The number of visible rows; the picture moves up when the cursor gets below them. */
  readonly visibleRows: number;
  /** Seconds for which the last frame stays. */
  readonly hold: number;
}

const cell = { width: 8.4, height: 18 };
const edge = 14;
const palette: Readonly<Record<number, string>> = {
  1: "#f47067",
  2: "#6bc46d",
  3: "#daaa3f",
  4: "#6cb6ff",
  6: "#56d4dd",
};

/**
 * Makes an animated SVG of frames: plain text that CSS shows and hides, without scripts. People who prefer no motion see
 * the last frame.
 */
export function toAnimatedSvg(frames: readonly Frame[], picture: Picture): string {
  const length = (frames.at(-1)?.time ?? 0) + picture.hold;
  const size = {
    width: Math.round(picture.columns * cell.width + 2 * edge),
    height: picture.visibleRows * cell.height + 2 * edge,
  };
  const shown = intervals(frames, length);
  const moves = scrolling(frames, picture.visibleRows);
  const percent = (time: number) => `${((time / length) * 100).toFixed(2)}%`;
  const rules = shown.map(({ from, to }, index) => {
    const begin = from === 0 ? "" : "0%{visibility:hidden}";
    const end = to >= length ? "" : `${percent(to)}{visibility:hidden}`;
    return `@keyframes t${index}{${begin}${percent(from)}{visibility:visible}${end}}.t${index}{animation-name:t${index}${to >= length ? "" : ";visibility:hidden"}}`;
  });
  const steps = moves.map(
    ({ time, row }) => `${percent(time)}{transform:translateY(${-row * cell.height}px)}`,
  );
  const last = moves.at(-1)?.row ?? 0;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escapeXml(picture.title)}">
<title>${escapeXml(picture.title)}</title>
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d1d7e0;white-space:pre}
.b{font-weight:bold}.d{opacity:.65}
${Object.entries(palette)
  .map(([number, color]) => `.c${number}{fill:${color}}`)
  .join("")}
.a{animation:${length.toFixed(2)}s step-end infinite}
@keyframes move{${steps.join("")}}
.m{animation-name:move;transform:translateY(${-last * cell.height}px)}
${rules.join("\n")}
@media (prefers-reduced-motion:reduce){.a{animation:none}}
</style>
<rect width="100%" height="100%" rx="8" fill="#1c2128"/>
<svg aria-hidden="true" x="${edge}" y="${edge}" width="${size.width - 2 * edge}" height="${picture.visibleRows * cell.height}">
<g class="a m">
${shown.map(({ row, content }, index) => `<text class="a t${index}" y="${((row + 0.75) * cell.height).toFixed(1)}">${content}</text>`).join("\n")}
</g>
</svg>
</svg>
`;
}

interface Interval {
  readonly row: number;
  readonly content: string;
  readonly from: number;
  readonly to: number;
}

/** The rows with their times; an unchanged row is in the picture once. */
function intervals(frames: readonly Frame[], length: number): Interval[] {
  const open = new Map<number, { content: string; from: number }>();
  const closed: Interval[] = [];
  const close = (row: number, to: number) => {
    const current = open.get(row);
    if (current !== undefined && current.content !== "") closed.push({ row, ...current, to });
    open.delete(row);
  };
  for (const { time, rows } of frames) {
    rows.forEach((spans, row) => {
      const content = spans.map(toSpan).join("");
      if (open.get(row)?.content === content) return;
      close(row, time);
      open.set(row, { content, from: time });
    });
  }
  for (const row of [...open.keys()]) close(row, length);
  return closed;
}

function toSpan({ text, column, color, isBold, isDim }: Row[number]): string {
  const classes = [isBold ? "b" : "", isDim ? "d" : "", color === undefined ? "" : `c${color}`];
  const names = classes.filter((name) => name !== "").join(" ");
  const x = (column * cell.width).toFixed(1);
  const width = ([...text].length * cell.width).toFixed(1);
  return `<tspan x="${x}" textLength="${width}" lengthAdjust="spacingAndGlyphs"${names === "" ? "" : ` class="${names}"`}>${escapeXml(text)}</tspan>`;
}

/** The times at which the picture moves up, with the first visible row. */
function scrolling(frames: readonly Frame[], visible: number): { time: number; row: number }[] {
  const moves = [{ time: 0, row: 0 }];
  for (const { time, rows } of frames) {
    const last = rows.findLastIndex((spans) => spans.length > 0);
    const row = Math.max(0, last + 2 - visible);
    if (row > (moves.at(-1)?.row ?? 0)) moves.push({ time, row });
  }
  return moves;
}

function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
