import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { fail } from "@hexuser/core";
import type { Terminal } from "../terminal.ts";
import { renewRawMode } from "./raw-mode.ts";

/** How a line is read in plain mode. */
export interface LineOptions {
  readonly isHidden?: boolean;
  /** Ends the question from outside: `undefined` is given back. */
  readonly ended?: AbortSignal | undefined;
}

/**
 * Writes a question and reads one line. The terminal itself echoes and edits it, so that nothing is drawn twice;
 * with a hidden one nothing is drawn at all. A line that is just Esc leaves, as Ctrl-C does.
 */
export async function readPlainLine(
  terminal: Terminal,
  question: string,
  { isHidden = false, ended }: LineOptions = {},
): Promise<string | undefined> {
  const stop = ended === undefined ? terminal.signal : AbortSignal.any([terminal.signal, ended]);
  const line = await (isHidden
    ? unseen(terminal, () => ask(terminal, question, stop, readHidden))
    : ask(terminal, question, stop, readSeen));
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
  // Back from a stop: the shell wrote below the question, and what was typed before is forgotten.
  process.on("SIGCONT", put);
  try {
    return await read(terminal, stop);
  } finally {
    process.off("SIGCONT", put);
  }
}

/** The terminal shows nothing from before the question on: who types at once must not be seen either. */
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
 * What is pasted with line ends after it would answer the questions that follow: the terminal hands over one line at
 * a time. What was typed ahead is kept, unless it is nothing.
 */
async function dropBlankLines(input: NodeJS.ReadableStream): Promise<void> {
  (input as Readable).read(0);
  // One whole turn of the event loop, in which what the terminal holds already is read.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const pending = input.read();
  if (pending !== null && pending.toString().trim() !== "") (input as Readable).unshift(pending);
}

/** Gives `undefined` when the input or the waiting ends. */
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
