import { fail } from "@hexuser/core";
import type { Output } from "../terminal.ts";
import { drawnOutput } from "./drawn-output.ts";

/** The context of one of Inquirer's prompts. */
export interface PromptContext {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/**
 * Runs one prompt, and restores the terminal in any case.
 *
 * Fails with `interrupted` after Ctrl-C, after Ctrl-D (for which Inquirer would wait for ever), if the terminal is
 * gone, and if the signal is aborted.
 */
export async function runPrompt<T>(
  { input, output, signal: interrupted }: Omit<PromptContext, "output"> & { readonly output: Output },
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
 * readline pauses the input on Ctrl-D and after Ctrl-Z. On Ctrl-D, no more input will come. After Ctrl-Z, the input has
 * to flow again, hidden, and the question has to be drawn again, because the shell wrote below it.
 */
function watchInput(input: NodeJS.ReadableStream, end: () => void, redraw: () => void) {
  let isResuming = false;
  const resume = () => {
    isResuming = true;
    setImmediate(() => {
      isResuming = false;
      input.resume();
      redraw();
    });
  };
  // Inquirer also pauses the input after the answer, but then nobody listens to this event any more.
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
