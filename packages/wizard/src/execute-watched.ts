import { type Answers, type AnyOperation, execute, fail, type Outcome } from "@hexuser/core";
import { createEventView } from "./show-event.ts";
import { contextOf, leaveIfInterrupted, type WizardRun } from "./wizard-run.ts";

/**
 * Executes an operation, shows its events, and lets Esc and Ctrl-C end it. Other keys wait for the next question. Throws
 * an interruption, and returns any other outcome.
 *
 * @param executeNow replaces core's function
 */
export async function executeWatched(
  operation: AnyOperation,
  input: unknown,
  run: WizardRun,
  answers: Answers = {},
  executeNow = execute,
): Promise<Outcome> {
  const view = createEventView(run);
  const stopWatching = leaveOnEscape(run);
  try {
    const outcome = await executeNow(operation, input, { ...contextOf(run), emit: view.emit }, answers);
    if (outcome.ok || outcome.failure.code !== "interrupted") await view.settle();
    leaveIfInterrupted(outcome);
    return outcome;
  } finally {
    view.close();
    stopWatching();
  }
}

/** Waits for something that nobody can interrupt, and fails with `interrupted` after Esc and Ctrl-C. */
export async function unlessInterrupted<T>(run: WizardRun, waiting: Promise<T>): Promise<T> {
  const { signal } = run.host.terminal;
  const stopWatching = leaveOnEscape(run);
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(fail("interrupted", "Interrupted."));
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([waiting, interrupted]);
  } finally {
    signal.removeEventListener("abort", stop);
    stopWatching();
  }
}

function leaveOnEscape({ host }: Pick<WizardRun, "host">): () => void {
  return host.terminal.keyboard.watch((keys) => {
    if (keys !== "\u001b") return false;
    host.interrupt();
    return true;
  });
}
