import { terminalColumns } from "../text/terminal-columns.ts";

/**
 * The last line on the terminal, which says what hexuser waits for. It disappears afterwards. Other output replaces it,
 * so all code that writes to the terminal calls `clear` first.
 */
export interface StatusLine {
  /** Shows a text until something else is written. */
  show(text: string): void;
  /** Counts down from that many seconds, until something else is written or the registry answers the next request. */
  countDown(seconds: number, words: (left: string) => string): void;
  /** Says after a while that the registry hasn't answered yet. Call the returned function when the answer has come. */
  waitFor(host: string): () => void;
  /** Removes the line. It comes back only for a request that is still waiting. */
  clear(): void;
  /** Continues the countdown that other output has replaced. */
  resume(): void;
  /** Hides the line while a question is open. Call the returned function afterwards. */
  hide(): () => void;
}

/** The parts of the interaction that matter for the line. */
interface Surroundings {
  readonly isVerbose: boolean;
  readonly isTerminal: boolean;
  readonly isPlain: boolean;
  readonly colors: { readonly error: boolean };
}

/** The stream for the line. */
export interface StatusOutput {
  readonly columns?: number | undefined;
  write(text: string): unknown;
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

/** Milliseconds. If there is no answer by then, the line says so. */
const patience = 300;
/** Milliseconds between two pictures of the spinner. */
const pace = 100;
/** Milliseconds between two lines of the same kind that stay. */
const plainPause = 60_000;
const spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
const erase = "\r\u001b[J";

/** Makes the status line of one run. `output` is opened only if there is something to write. */
export function createStatusLine(
  front: Surroundings & { readonly isQuiet: boolean },
  output: () => StatusOutput = () => process.stderr,
): StatusLine {
  if (front.isQuiet) return silent;
  return front.isTerminal && !front.isPlain
    ? rewrittenLine(front.colors.error, output)
    : plainLines(front, output);
}

const silent: StatusLine = {
  show() {},
  countDown() {},
  waitFor: () => () => {},
  clear() {},
  resume() {},
  hide: () => () => {},
};

/**
 * Writes each text as a line that stays, because nothing can be redrawn: on a terminal one per minute, in a pipe only
 * with `--verbose`.
 */
function plainLines({ isTerminal, isVerbose }: Surroundings, output: () => StatusOutput): StatusLine {
  const nextAt = { show: 0, countDown: 0, waitFor: 0 };
  let hidden = 0;
  const tell = (kind: keyof typeof nextAt, text: string) => {
    if (performance.now() < nextAt[kind] || hidden > 0) return;
    if (!isVerbose) nextAt[kind] = performance.now() + plainPause;
    output().write(`${text}\n`);
  };
  return {
    show: (text) => (isTerminal ? tell("show", text) : undefined),
    countDown: (seconds, words) => (isTerminal ? tell("countDown", words(clockTime(seconds))) : undefined),
    waitFor(host) {
      if (!isTerminal && !isVerbose) return () => {};
      const timer = setTimeout(() => tell("waitFor", waiting(host)), patience);
      timer.unref();
      return () => clearTimeout(timer);
    },
    clear() {},
    resume() {},
    hide() {
      hidden += 1;
      return () => {
        hidden -= 1;
      };
    },
  };
}

/**
 * Keeps the cursor at the beginning of the line. Terminals that wrap lines again when they get narrower keep it there,
 * so erasing from the cursor removes the whole line.
 */
function rewrittenLine(isColored: boolean, output: () => StatusOutput): StatusLine {
  const requests = new Map<symbol, { readonly host: string; readonly since: number }>();
  let shown: (() => string) | undefined;
  let isUntilAnswer = false;
  let covered: (() => string) | undefined;
  let hidden = 0;
  let drawn = "";
  let timer: NodeJS.Timeout | undefined;

  const text = (): string | undefined => {
    if (shown !== undefined) return shown();
    const [oldest] = requests.values();
    if (oldest === undefined) return undefined;
    const waited = performance.now() - oldest.since;
    if (waited < patience) return undefined;
    const frame = spinner[Math.floor(performance.now() / pace) % spinner.length];
    return `${frame} ${waiting(oldest.host)}${waited < 1000 ? "" : ` ${Math.floor(waited / 1000)} s`}`;
  };
  const draw = () => {
    const line = hidden > 0 ? undefined : text();
    if (line === undefined) return wipe();
    const room = terminalColumns(output()) - 1;
    const cut = line.length > room ? `${line.slice(0, Math.max(0, room - 1))}…` : line;
    if (cut === drawn) return;
    output().write(`${erase}${isColored ? `\u001b[2m${cut}\u001b[22m` : cut}\r`);
    if (drawn === "") output().on("resize", redraw);
    drawn = cut;
  };
  /** The terminal may have wrapped or cut the line. */
  const redraw = () => {
    output().write(erase);
    drawn = " ";
    draw();
  };
  const wipe = () => {
    if (drawn === "") return;
    output().write(erase);
    output().off("resize", redraw);
    drawn = "";
  };
  const run = () => {
    timer ??= setInterval(() => {
      draw();
      if (shown !== undefined || requests.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    }, pace).unref();
  };
  const put = (text: () => string, untilAnswer: boolean) => {
    shown = text;
    isUntilAnswer = untilAnswer;
    draw();
    run();
  };
  return {
    show: (text) => put(() => text, false),
    countDown(seconds, words) {
      const end = performance.now() + seconds * 1000;
      put(() => words(clockTime(Math.max(0, Math.ceil((end - performance.now()) / 1000)))), true);
    },
    waitFor(host) {
      const id = Symbol();
      requests.set(id, { host, since: performance.now() });
      run();
      return () => {
        requests.delete(id);
        covered = undefined;
        if (isUntilAnswer) shown = undefined;
        // A countdown draws at once anyway, so drawing here would make it flicker.
        else if (requests.size === 0) draw();
      };
    },
    clear() {
      if (isUntilAnswer) covered = shown ?? covered;
      shown = undefined;
      wipe();
    },
    resume() {
      if (covered !== undefined) put(covered, true);
    },
    hide() {
      hidden += 1;
      wipe();
      return () => {
        hidden -= 1;
      };
    },
  };
}

function waiting(host: string): string {
  return `Waiting for ${host}…`;
}

/** 595 → "9:55" */
function clockTime(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
