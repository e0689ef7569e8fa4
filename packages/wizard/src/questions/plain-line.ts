import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { fail } from "@hexuser/core";
import type { Terminal } from "../terminal.ts";
import { renewRawMode } from "./raw-mode.ts";

/** Options for reading a line in plain mode. */
export interface LineOptions {
  readonly isHidden?: boolean;
  /** Ends the question from outside. The result is `undefined`. */
  readonly ended?: AbortSignal | undefined;
}

/**
 * Writes a question and reads one line. The terminal itself echoes and edits the line, so nothing is drawn twice. A
 * hidden line isn't echoed. A line with only Esc interrupts, as Ctrl-C does.
 */
export async function readPlainLine(
  terminal: Terminal,
  question: string,
  { isHidden = false, ended }: LineOptions = {},
): Promise<string | undefined> {
  const stop = ended === undefined ? terminal.signal : AbortSignal.any([terminal.signal, ended]);
  const isOver = terminal.status.hide();
  const line = await (isHidden
    ? unseen(terminal, () => ask(terminal, question, stop, readHidden))
    : ask(terminal, question, stop, readSeen)
  ).finally(isOver);
  if (isHidden || line === undefined) terminal.output.write("\n");
  if (line === undefined && ended?.aborted === true && !terminal.signal.aborted) return undefined;
  if (line === undefined || line.trim() === "\u001b") throw fail("interrupted", "Interrupted.");
  return line.replaceAll("\u001b", "");
}

async function ask(
  terminal: Terminal,
  question: string,
  stop: AbortSignal,
  read: typeof readSeen,
): Promise<string | undefined> {
  await dropBlankLines(terminal.input);
  const put = () => terminal.output.write(`${question} `);
  put();
  if (stop.aborted) throw fail("interrupted", "Interrupted.");
  // After a stop, the shell has written below the question, and the line that was being typed is lost.
  process.on("SIGCONT", put);
  try {
    return await read(terminal, stop);
  } finally {
    process.off("SIGCONT", put);
  }
}

/** Hides the input even before the question appears, because a person may type at once. */
async function unseen<T>({ input }: Terminal, run: () => Promise<T>): Promise<T> {
  const source = input as Partial<NodeJS.ReadStream>;
  source.setRawMode?.(true);
  try {
    return await run();
  } finally {
    source.setRawMode?.(false);
  }
}

/**
 * Drops pasted line ends, because the terminal passes on one line at a time and each would answer a question. It keeps
 * text that was typed ahead.
 */
async function dropBlankLines(input: NodeJS.ReadableStream): Promise<void> {
  (input as Readable).read(0);
  // During a whole turn of the event loop, Node reads what the terminal already has.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const pending = input.read();
  if (pending !== null && pending.toString().trim() !== "") (input as Readable).unshift(pending);
}

/** Returns `undefined` if the input ends or the signal is aborted. */
function readSeen({ input }: Terminal, stop: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const lines = createInterface({ input, terminal: false });
    const end = (line: string | undefined) => {
      stop.removeEventListener("abort", abort);
      resolve(line);
      lines.close();
    };
    const abort = () => end(undefined);
    stop.addEventListener("abort", abort, { once: true });
    lines.once("line", end);
    lines.once("close", abort);
  });
}

function readHidden({ input }: Terminal, stop: AbortSignal): Promise<string | undefined> {
  const source = input;
  const decoder = new StringDecoder("utf8");
  let line = "";
  return new Promise((resolve) => {
    const end = (result: string | undefined) => {
      stop.removeEventListener("abort", abort);
      source.off("data", read);
      source.off("end", abort);
      process.off("SIGCONT", beginAnew);
      source.pause();
      resolve(result);
    };
    const abort = () => end(undefined);
    const beginAnew = () => {
      line = "";
      renewRawMode(source);
    };
    const read = (chunk: Buffer | string) => {
      const text = decoder.write(Buffer.from(chunk));
      if (/^\u001b[\r\n]*$/.test(text)) return end(undefined);
      for (const character of text) {
        if (character === "\r" || character === "\n") {
          if (line.trim() === "" && text.trim() !== "" && text.length > 1) continue;
          return end(line);
        }
        if (character === "\u0003" || character === "\u0004") return end(undefined);
        if (character === "\u007f" || character === "\b") line = line.slice(0, -1);
        else if (character === "\u0015") line = "";
        else if (character >= " ") line += character;
      }
    };
    stop.addEventListener("abort", abort, { once: true });
    source.on("data", read);
    source.on("end", abort);
    process.on("SIGCONT", beginAnew);
    source.resume();
  });
}
