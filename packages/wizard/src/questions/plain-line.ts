import { createInterface } from "node:readline";
import { StringDecoder } from "node:string_decoder";
import { fail } from "@hexuser/core";
import type { Terminal } from "../terminal.ts";

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
  const line = await ask(terminal, question, stop, isHidden ? readHidden : readSeen).finally(isOver);
  if (isHidden || line === undefined) terminal.output.write("\n");
  if (line === undefined && ended?.aborted === true && !terminal.signal.aborted) return undefined;
  if (line === undefined || line.trim() === "\u001b") throw fail("interrupted", "Interrupted.");
  return line.replaceAll("\u001b", "");
}

type Read = (terminal: Terminal, put: () => void, stop: AbortSignal) => Promise<string | undefined>;

async function ask(
  terminal: Terminal,
  question: string,
  stop: AbortSignal,
  read: Read,
): Promise<string | undefined> {
  terminal.keyboard.hold();
  // One whole turn of the event loop, in which what the terminal holds already is read and kept.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const put = () => void terminal.output.write(`${question} `);
  if (stop.aborted) throw fail("interrupted", "Interrupted.");
  // After a stop, the shell has written below the question, and the line that was being typed is lost.
  process.on("SIGCONT", put);
  try {
    return await read(terminal, put, stop);
  } finally {
    process.off("SIGCONT", put);
  }
}

/**
 * Reads a line that the terminal echoes, and writes what was typed before the question. The terminal echoes before the
 * question is seen, so that it echoes all of the answer.
 */
const readSeen: Read = async ({ keyboard, output }, put, stop) => {
  const early = keyboard.takeLine();
  const { line, isOver } = typeInto("", early.replaceAll(controlSequence, ""));
  if (isOver || early.trim() === "\u001b") {
    put();
    output.write(`${line}\n`);
    return isOver ? line : early;
  }
  const rest = await keyboard.echo(() => {
    put();
    if (line !== "") output.write(line);
    return readEchoed(keyboard.input, stop);
  });
  return rest === undefined ? undefined : line + rest;
};

/** Gives `undefined` when the input or the waiting ends. */
function readEchoed(input: NodeJS.ReadableStream, stop: AbortSignal): Promise<string | undefined> {
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

const readHidden: Read = ({ keyboard }, put, stop) => {
  const { input } = keyboard;
  put();
  const decoder = new StringDecoder("utf8");
  let line = "";
  return new Promise((resolve) => {
    const end = (result: string | undefined) => {
      stop.removeEventListener("abort", abort);
      input.off("data", read);
      input.off("end", abort);
      process.off("SIGCONT", beginAnew);
      input.pause();
      resolve(result);
    };
    const abort = () => end(undefined);
    const beginAnew = () => {
      line = "";
    };
    const read = (chunk: Buffer | string) => {
      const text = decoder.write(Buffer.from(chunk));
      if (/^\u001b[\r\n]*$/.test(text) || /[\u0003\u0004]/.test(text)) return end(undefined);
      const typed = typeInto(line, text);
      ({ line } = typed);
      if (typed.isOver) end(line);
    };
    stop.addEventListener("abort", abort, { once: true });
    process.on("SIGCONT", beginAnew);
    const early = keyboard.takeLine();
    input.on("data", read);
    input.on("end", abort);
    if (early !== "") read(early);
    if (!stop.aborted && input.listeners("data").includes(read)) input.resume();
  });
};

/** What a cursor key sends, for instance. */
const controlSequence = /\u001b(?:\[[0-9;?]*[A-Za-z~]|O[A-Za-z])/g;

/** Adds what was typed to a line, up to the Enter. A line end in front of pasted text is none. */
function typeInto(before: string, text: string): { readonly line: string; readonly isOver: boolean } {
  let line = before;
  for (const character of text) {
    if (character === "\r" || character === "\n") {
      if (line.trim() === "" && text.trim() !== "" && text.length > 1) continue;
      return { line, isOver: true };
    }
    if (character === "\u007f" || character === "\b") line = line.slice(0, -1);
    else if (character === "\u0015") line = "";
    else if (character >= " ") line += character;
  }
  return { line, isOver: false };
}
