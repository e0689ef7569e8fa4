import { PassThrough } from "node:stream";

/** The terminal's input for one prompt, without the line ends of pasted text. Close it after the prompt. */
export interface TidyInput {
  readonly stream: NodeJS.ReadableStream;
  close(): void;
}

/** Makes the input of one prompt. It passes raw mode on, and is a terminal if the input is one. */
export function tidyInput(input: NodeJS.ReadableStream): TidyInput {
  const source = input as NodeJS.ReadableStream & Partial<NodeJS.ReadStream>;
  const stream = Object.assign(new PassThrough(), {
    ...(source.isTTY === true ? { isTTY: true } : {}),
    ...(typeof source.setRawMode === "function"
      ? { setRawMode: (isRaw: boolean) => source.setRawMode?.(isRaw) }
      : {}),
  });
  const pass = (chunk: Buffer | string) => stream.write(tidyPaste(chunk.toString()));
  const end = () => stream.end();
  source.on("data", pass);
  source.on("end", end);
  source.resume();
  return {
    stream,
    close() {
      source.off("data", pass);
      source.off("end", end);
      source.pause();
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
