import { styleText } from "node:util";
import {
  approvalWords,
  browserWords,
  type DeliveryChoice,
  type Emit,
  type Event,
  type Failure,
  fail,
  hint,
  type Outcome,
  otherHostWarning,
  phraseEvent,
  phraseProgress,
} from "@hexuser/core";
import { hintLabel, inWords, publishOutcome, withHint } from "../argv/phrase-hint.ts";
import type { Interaction } from "../host/interaction.ts";
import type { Pages } from "../host/pages.ts";
import { createStatusLine, type StatusLine } from "../host/status-line.ts";
import { escapeLines, toSafeJson } from "../text/escape-text.ts";
import { linkAddresses } from "../text/link-addresses.ts";
import { terminalColumns } from "../text/terminal-columns.ts";
import { wrapText } from "../text/wrap-text.ts";

/**
 * Writes texts for people to standard error, and data to standard output. It escapes everything and wraps it at the
 * terminal's width.
 */
export interface Reporter {
  /** Something that was done or that people should know. Hidden by --quiet. */
  notice(text: string): void;
  /** Something is wrong. Shown even with --quiet. */
  warning(text: string): void;
  /** Something that the person has to see or do. Shown even with --quiet. */
  instruction(text: string): void;
  detail(text: string): void;
  /** The line that says what hexuser waits for. */
  readonly status: StatusLine;
  failure(failure: Failure): void;
  /** Returns whether a reader took the data, because a reader may go away (`| head`). Fails if it can't be written. */
  data(text: string): Promise<boolean>;
  document(outcome: Outcome): Promise<boolean>;
  /** A call on one line, in the form that `hexuser run` takes. */
  call(operation: string, input: Record<string, unknown>, deliver?: DeliveryChoice): Promise<boolean>;
}

type Format = Parameters<typeof styleText>[0];

/** Makes the reporter of one run. */
export function createReporter(
  interaction: Pick<
    Interaction,
    "isJson" | "isQuiet" | "isVerbose" | "isTerminal" | "isPlain" | "hasLinks" | "colors"
  >,
): Reporter {
  const status = createStatusLine(interaction);
  const style = (format: Format, text: string) =>
    interaction.colors.error ? styleText(format, text, { validateStream: false }) : text;
  const write = (text: string) => {
    const columns = interaction.isTerminal ? terminalColumns(process.stderr) : undefined;
    status.clear();
    const wrapped = wrapText(text, columns);
    process.stderr.write(`${interaction.hasLinks ? linkAddresses(wrapped) : wrapped}\n`);
  };
  const writeData = (text: string) => {
    status.clear();
    return writeOut(text);
  };
  return {
    notice(text) {
      if (!interaction.isQuiet) write(escapeLines(text));
    },
    warning: (text) => write(`${style("yellow", "Warning:")} ${escapeLines(text)}`),
    instruction: (text) => write(escapeLines(text)),
    detail(text) {
      if (interaction.isVerbose) write(style("dim", escapeLines(text)));
    },
    status,
    failure({ message, hint }) {
      write(`${style(["red", "bold"], "Error:")} ${escapeLines(message)}`);
      if (hint !== undefined) write(`${style("bold", hintLabel)} ${escapeLines(inWords(hint))}`);
    },
    data: (text) => writeData(`${text}\n`),
    document: async (outcome) => (await writeData(toSafeJson(publishOutcome(outcome)))) && writeData("\n"),
    call: (operation, input, deliver) => writeData(`${toSafeJson({ operation, input, deliver }, "line")}\n`),
  };
}

/** The errors of a pipe without a reader: the first time, after that, and on Windows. */
const nobodyReads: readonly string[] = ["EPIPE", "ERR_STREAM_DESTROYED", "EOF"];

/** It isn't a failure if the reader has gone away, but it is one if data can't be written. */
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
  /** Opens pages in the browser. Absent if nothing may be opened. */
  readonly pages?: Pages | undefined;
  /** Draws an address as a QR code of block characters. Absent unless the person asked for it. */
  readonly drawQr?: ((url: string) => string) | undefined;
}

/** Makes the function that shows the events of an operation while it runs. */
export function createEmit({ reporter, pages, drawQr }: EventView): Emit {
  return (event) => {
    switch (event.type) {
      case "device_code":
        return showDeviceCode(event, { reporter, pages, drawQr });
      case "device_pending":
        return reporter.status.countDown(event.secondsLeft, approvalWords);
      case "progress":
        return reporter.status.show(phraseProgress(event));
      case "open_page":
        reporter.instruction(`${event.why}\n${event.url}`);
        if (drawQr !== undefined) reporter.instruction(`\n${drawQr(event.url)}`);
        pages?.open(event.url, () => reporter.notice(browserWords.notOpened));
        return;
    }
    const phrase = phraseEvent(event);
    if (phrase === undefined) return;
    (phrase.isWarning ? reporter.warning : reporter.notice)(withHint(phrase.text, phrase.hint));
  };
}

function showDeviceCode(
  event: Extract<Event, { type: "device_code" }>,
  { reporter, pages, drawQr }: EventView,
): void {
  reporter.instruction("To sign in, open this address in a browser:");
  reporter.instruction(`  ${event.verificationUriComplete}`);
  if (drawQr !== undefined) reporter.instruction(`\n${drawQr(event.verificationUriComplete)}`);
  reporter.instruction(`and check that it shows this code: ${event.userCode}`);
  if (event.otherHost !== undefined) reporter.warning(otherHostWarning(event.otherHost));
  const url = event.otherHost === undefined ? event.verificationUriComplete : undefined;
  pages?.offer({ url, code: event.userCode }, reporter.instruction);
}
