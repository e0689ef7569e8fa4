import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import type { Terminal } from "../src/index.ts";
import { createKeyboard } from "../src/keyboard.ts";

/** A terminal on which a test types keys and reads the screen. */
export interface TypedTerminal extends Terminal {
  readonly input: PassThrough;
  readonly output: PassThrough;
  /** Everything written so far, without colours and cursor movements. */
  screen(): string;
  /** Waits until the text appears after the last typed keys. */
  shows(text: string): Promise<void>;
  /** Waits for a question in plain lines and the text before it, then types. */
  answer(keys: string): Promise<void>;
  /** Waits for the question, then types. */
  reply(question: string, keys: string): Promise<void>;
}

/** Makes a terminal without a process, by default like those of commands. */
export function typedTerminal(look: Partial<Pick<Terminal, "isPlain" | "canGoBack">> = {}): TypedTerminal {
  const input = new PassThrough();
  const output = new PassThrough();
  // Inquirer ends its output after each prompt. A process's own streams ignore that.
  output.end = () => output;
  let written = "";
  let seen = 0;
  output.setEncoding("utf8").on("data", (text: string) => {
    written += text;
  });
  const screen = () => stripVTControlCharacters(written);
  const until = async (what: string, isThere: (fresh: string) => boolean) => {
    for (let waited = 0; !isThere(screen().slice(seen)); waited += 5) {
      if (waited > 5000) throw new Error(`“${what}” did not appear in:\n${screen().slice(seen)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const shows = (text: string) => until(text, (fresh) => fresh.includes(text));
  return {
    input,
    keyboard: createKeyboard(
      () => input,
      () => {},
    ),
    output,
    status: { show() {}, countDown() {}, resume() {}, hide: () => () => {} },
    signal: new AbortController().signal,
    hasColors: false,
    isPlain: false,
    canGoBack: false,
    hidesCodes: false,
    columns: () => 60,
    ...look,
    screen,
    shows,
    async answer(keys) {
      await until("…: ", (fresh) => fresh.endsWith(": "));
      seen = screen().length;
      input.write(keys);
    },
    async reply(question, keys) {
      await shows(question);
      seen = screen().length;
      input.write(keys);
    },
  };
}
