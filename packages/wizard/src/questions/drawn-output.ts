import { Writable } from "node:stream";
import type { Output } from "../terminal.ts";

/** The output of one prompt, which can be drawn again. */
export interface DrawnOutput {
  readonly stream: NodeJS.WritableStream;
  /** Draws the question again at the cursor, at the beginning of a line, after other output. */
  redraw(): void;
}

/** The sequence with which a prompt erases its previous drawing. */
const erasing = /^(?:\u001b\[\d*[ABGK])+/;

/** Makes the output of one prompt. If the prompt ends this stream, the terminal's own stream stays open. */
export function drawnOutput(output: Output): DrawnOutput {
  let drawn = "";
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: Buffer | string, _encoding, done) {
      const text = chunk.toString();
      const fresh = text.replace(erasing, "");
      // Output that only moves the cursor belongs to the drawn text.
      drawn = fresh === "" ? drawn + text : fresh;
      output.write(text);
      done();
    },
  });
  // The prompt breaks lines at the terminal's current width.
  Object.defineProperty(stream, "columns", { get: () => output.columns });
  return { stream, redraw: () => output.write(drawn) };
}
