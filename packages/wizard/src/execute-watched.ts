import { type Answers, type AnyOperation, execute, type Outcome } from "@hexuser/core";
import { createEventView } from "./show-event.ts";
import { contextOf, leaveIfInterrupted, type WizardRun } from "./wizard-run.ts";

/**
 * Executes an operation, shows its events, and lets Esc and Ctrl-C end it. It drops keys that the person types
 * meanwhile, because no question was open. Throws an interruption, and returns any other outcome.
 */
export async function executeWatched(
  operation: AnyOperation,
  input: unknown,
  run: WizardRun,
  answers: Answers = {},
): Promise<Outcome> {
  const view = createEventView(run);
  const watch = watchKeys(run);
  try {
    const outcome = await execute(operation, input, { ...contextOf(run), emit: view.emit }, answers);
    if (outcome.ok || outcome.failure.code !== "interrupted") await view.settle();
    leaveIfInterrupted(outcome);
    return outcome;
  } finally {
    view.close();
    watch.stop();
  }
}

/** In plain mode, the terminal handles the keys itself, and Ctrl-C is a signal. */
function watchKeys({ host }: Pick<WizardRun, "host">): { stop(): void } {
  const input = host.terminal.input as NodeJS.ReadableStream & Partial<NodeJS.ReadStream>;
  if (host.terminal.isPlain || typeof input.setRawMode !== "function") return { stop() {} };
  const read = (chunk: Buffer | string) => {
    const keys = chunk.toString();
    if (keys === "\u001b" || keys.includes("\u0003")) host.interrupt();
  };
  input.setRawMode(true);
  input.on("data", read);
  input.resume();
  return {
    stop() {
      input.off("data", read);
      input.setRawMode?.(false);
      input.pause();
    },
  };
}
