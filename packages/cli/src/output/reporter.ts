import { styleText } from "node:util";
import {
  browserWords,
  type Emit,
  type Event,
  type Failure,
  fail,
  hint,
  type Outcome,
  otherHostWarning,
  phraseEvent,
} from "@hexuser/core";
import { hintLabel, inWords, publishOutcome, withHint } from "../argv/phrase-hint.ts";
import type { Front } from "../host/front.ts";
import { escapeLines, toSafeJson } from "../text/escape-text.ts";
import { terminalColumns } from "../text/terminal-columns.ts";
import { wrapText } from "../text/wrap-text.ts";

/** Writes for people on standard error, and data on standard output. Everything is escaped, and wrapped at a terminal's width, here. */
export interface Reporter {
  /** What was done or should be known; left out when quiet. */
  notice(text: string): void;
  /** Told even when quiet: something is not as it should be. */
  warning(text: string): void;
  /** What the person has to see or do; told even when quiet. */
  instruction(text: string): void;
  detail(text: string): void;
  /** A line that the next one replaces; where nothing may be redrawn, one a minute. Shown on a terminal only. */
  progress(text: string): void;
  /** Takes that line away, before somebody else writes. */
  clearProgress(): void;
  failure(failure: Failure): void;
  /** Gives whether it was taken: a reader may have gone away (`| head`). Fails for what could not be written. */
  data(text: string): Promise<boolean>;
  document(outcome: Outcome): Promise<boolean>;
  /** A call in a line of its own, as `hexuser run` takes it. */
  call(operation: string, input: Record<string, unknown>): Promise<boolean>;
}

type Format = Parameters<typeof styleText>[0];

const clearLine = "\r\u001b[2K";
/** Milliseconds between two lines of progress that stay. */
const plainPause = 60_000;

/** Makes the reporter of one run. */
export function createReporter(
  front: Pick<Front, "isJson" | "isQuiet" | "isVerbose" | "isTerminal" | "isPlain" | "colors">,
): Reporter {
  let hasProgress = false;
  let nextPlainProgress = 0;
  const style = (format: Format, text: string) =>
    front.colors.error ? styleText(format, text, { validateStream: false }) : text;
  const write = (text: string) => {
    const columns = front.isTerminal ? terminalColumns(process.stderr) : undefined;
    process.stderr.write(`${hasProgress ? clearLine : ""}${wrapText(text, columns)}\n`);
    hasProgress = false;
  };
  return {
    notice(text) {
      if (!front.isQuiet) write(escapeLines(text));
    },
    warning: (text) => write(`${style("yellow", "Warning:")} ${escapeLines(text)}`),
    instruction: (text) => write(escapeLines(text)),
    detail(text) {
      if (front.isVerbose) write(style("dim", escapeLines(text)));
    },
    progress(text) {
      if (front.isQuiet || !front.isTerminal) return;
      if (front.isPlain) {
        if (performance.now() < nextPlainProgress) return;
        nextPlainProgress = performance.now() + plainPause;
        return write(escapeLines(text));
      }
      // A line that the terminal wraps can't be taken away whole.
      const line = escapeLines(text).slice(0, Math.max(1, terminalColumns(process.stderr) - 1));
      process.stderr.write(`${clearLine}${style("dim", line)}`);
      hasProgress = true;
    },
    clearProgress() {
      if (hasProgress) process.stderr.write(clearLine);
      hasProgress = false;
    },
    failure({ message, hint }) {
      write(`${style(["red", "bold"], "Error:")} ${escapeLines(message)}`);
      if (hint !== undefined) write(`${style("bold", hintLabel)} ${escapeLines(inWords(hint))}`);
    },
    data: (text) => writeOut(`${text}\n`),
    document: async (outcome) => (await writeOut(toSafeJson(publishOutcome(outcome)))) && writeOut("\n"),
    call: (operation, input) => writeOut(`${toSafeJson({ operation, input }, "line")}\n`),
  };
}

/** What a pipe without a reader gives, the second time, and on Windows. */
const nobodyReads: readonly string[] = ["EPIPE", "ERR_STREAM_DESTROYED", "EOF"];

/** A reader that has gone away is no failure; data that could not be written is. */
function writeOut(text: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      const code = (error as NodeJS.ErrnoException | null | undefined)?.code;
      if (code === undefined || nobodyReads.includes(code)) resolve(code === undefined);
      else reject(outputFailure(code, error));
    });
  });
}

function outputFailure(code: string, cause: unknown) {
  return fail("storage_write_failed", `Standard output could not be written (${code}).`, {
    hint: hint`make room where it is written to, or write it elsewhere.`,
    cause,
  });
}

export interface EventView {
  readonly reporter: Reporter;
  /** Opens a page in the browser and tells whether it tries to. Absent if nothing may be opened. */
  readonly open?: ((url: string, failed: () => void) => boolean) | undefined;
  /** Draws an address as a QR code of block characters. Absent unless the person asked for it. */
  readonly drawQr?: ((url: string) => string) | undefined;
}

/** Makes what shows the events of an operation while it runs. */
export function createEmit({ reporter, open, drawQr }: EventView): Emit {
  return (event) => {
    switch (event.type) {
      case "device_code":
        return showDeviceCode(event, { reporter, open, drawQr });
      case "device_pending":
        return reporter.progress(`Waiting for your approval (${clock(event.secondsLeft)} left).`);
      case "open_page":
        reporter.instruction(`${event.why}\n${event.url}`);
        if (drawQr !== undefined) reporter.instruction(`\n${drawQr(event.url)}`);
        open?.(event.url, () => reporter.notice(browserWords.notOpened));
        return;
    }
    const phrase = phraseEvent(event);
    if (phrase === undefined) return;
    (phrase.isWarning ? reporter.warning : reporter.notice)(withHint(phrase.text, phrase.hint));
  };
}

function showDeviceCode(
  event: Extract<Event, { type: "device_code" }>,
  { reporter, open, drawQr }: EventView,
): void {
  reporter.instruction("To sign in, open this address in a browser:");
  reporter.instruction(`  ${event.verificationUriComplete}`);
  if (drawQr !== undefined) reporter.instruction(`\n${drawQr(event.verificationUriComplete)}`);
  reporter.instruction(`and check that it shows this code: ${event.userCode}`);
  if (event.otherHost !== undefined) {
    reporter.warning(otherHostWarning(event.otherHost));
    return;
  }
  const failed = () => reporter.notice(browserWords.notOpened);
  if (open?.(event.verificationUriComplete, failed)) reporter.notice(browserWords.opening);
}

/** 595 → "9:55" */
function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
