import { PassThrough } from "node:stream";
import type { Keyboard } from "../keyboard.ts";

/** The terminal's input for one prompt, with what is pasted tidied up. Close it when the prompt is over. */
export interface TidyInput {
  readonly stream: NodeJS.ReadableStream;
  close(): void;
}

/** Milliseconds that a prompt has after an Enter to be over. Otherwise it goes on with the keys that follow. */
const decision = 50;

/** Makes the input of one prompt. What was typed after an Enter stays for the next prompt. */
export function tidyInput({ input, hold }: Keyboard): TidyInput {
  // As a terminal, the stream would lose the keys that were typed before the question: Inquirer drops them.
  const stream = new PassThrough();
  let timer: NodeJS.Timeout | undefined;
  const pass = (chunk: Buffer) => {
    const text = tidyPaste(chunk.toString());
    stream.write(text);
    if (!/[\r\n]/.test(text)) return;
    input.pause();
    timer = setTimeout(() => input.resume(), decision);
  };
  const end = () => stream.end();
  hold();
  input.on("data", pass);
  input.on("end", end);
  input.resume();
  return {
    stream,
    close() {
      clearTimeout(timer);
      input.off("data", pass);
      input.off("end", end);
      input.pause();
    },
  };
}

/**
 * Input that arrives at once with line ends was pasted. It drops the line ends before the text, which would answer with
 * nothing, and those after the first, which would answer the next question. It keeps spaces around the text, which may
 * be part of a password.
 */
export function tidyPaste(text: string): string {
  if (text.length < 2 || !/[\r\n]/.test(text) || text.trim() === "") return text;
  const isSent = /[\r\n]\s*$/.test(text);
  const body = text.replace(/^\s*[\r\n]/, "").replace(/[\r\n]\s*$/, "");
  return body.replaceAll(/\s*[\r\n]+\s*/g, " ") + (isSent ? "\r" : "");
}
