/** What Ctrl-C does while a command runs: given to everything that waits. */
export interface Interruption {
  readonly signal: AbortSignal;
}

/** Milliseconds that a command has to take back what it began. */
const graceful = 1500;
const exitCode = 130;

/**
 * Ends the program on Ctrl-C: the first gives the signal, so that requests and waiting end and what was begun is
 * taken back; if that takes long, or at the second, the process ends as it is.
 */
export function watchInterrupts(): Interruption {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(exitCode);
    controller.abort();
    setTimeout(() => process.exit(exitCode), graceful).unref();
  };
  // A cancelled job and a closed terminal take back what was begun, too.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  process.once("SIGTSTP", stopAll);
  return { signal: controller.signal };
}

/**
 * Ctrl-Z while a question is open: the terminal doesn't send the signal then, Node does, to this process alone. A shell
 * gets its prompt back only when the whole pipeline is stopped.
 */
function stopAll(): void {
  process.once("SIGCONT", () => process.once("SIGTSTP", stopAll));
  process.kill(0, "SIGTSTP");
}
