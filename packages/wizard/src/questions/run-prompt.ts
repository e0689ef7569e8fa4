import { fail } from "@hexuser/core";
import { drawnOutput } from "./drawn-output.ts";
import { renewRawMode } from "./raw-mode.ts";

/** What a prompt of Inquirer takes besides its question. */
export interface PromptContext {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/**
 * Runs one prompt, and leaves the terminal as it was, whatever ends it.
 *
 * Fails with `interrupted` after Ctrl-C, after Ctrl-D (which Inquirer would wait out for ever), when the terminal
 * goes away, and when the signal is given.
 */
export async function runPrompt<T>(
  { input, output, signal: interrupted }: PromptContext,
  prompt: (context: PromptContext) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, interrupted]);
  const drawn = drawnOutput(output);
  const watch = watchInput(input, () => ended.abort(), drawn.redraw);
  try {
    return await prompt({ input, output: drawn.stream, signal });
  } catch (error) {
    throw isEndOfPrompt(error) ? fail("interrupted", "Interrupted.", { cause: error }) : error;
  } finally {
    watch.stop();
  }
}

/**
 * readline pauses the input when it's closed by Ctrl-D, and when the program comes back from Ctrl-Z: in the first
 * case nothing more will come, in the second the input has to flow again, unseen, and the question to be seen: the shell
 * wrote below it.
 */
function watchInput(input: NodeJS.ReadableStream, end: () => void, redraw: () => void) {
  let isResuming = false;
  const resume = () => {
    isResuming = true;
    setImmediate(() => {
      isResuming = false;
      renewRawMode(input);
      input.resume();
      redraw();
    });
  };
  // Inquirer pauses the input as well, once it has its answer: by then nobody listens any more.
  const paused = () => {
    if (!isResuming) setImmediate(end);
  };
  input.on("pause", paused);
  input.on("end", end);
  process.prependListener("SIGCONT", resume);
  return {
    stop() {
      input.off("pause", paused);
      input.off("end", end);
      process.off("SIGCONT", resume);
    },
  };
}

function isEndOfPrompt(error: unknown): boolean {
  return error instanceof Error && ["ExitPromptError", "AbortPromptError"].includes(error.name);
}
