import { Writable } from "node:stream";

/** The output of one prompt, which can be drawn once more. */
export interface DrawnOutput {
  readonly stream: NodeJS.WritableStream;
  /** Draws the question again at the cursor, at the beginning of a line, after other output. */
  redraw(): void;
}

/** With this a prompt takes away what it drew before. */
const erasing = /^(?:\u001b\[\d*[ABGK])+/;

/** Makes the output of one prompt. That the prompt ends it doesn't end the terminal's. */
export function drawnOutput(output: NodeJS.WritableStream): DrawnOutput {
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
  // Lines are broken at the terminal's width, whatever that is by then.
  Object.defineProperty(stream, "columns", { get: () => (output as Partial<NodeJS.WriteStream>).columns });
  return { stream, redraw: () => output.write(drawn) };
}
