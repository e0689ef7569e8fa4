/** What ends the processes that are running: one listener for all of them, since Node warns of more than ten. */
const running = new Set<() => void>();

/**
 * Has a process killed when this one exits. Gives what to call when it has ended by itself.
 *
 * @example const forget = killAtExit(() => child.kill("SIGKILL")); child.once("close", forget);
 */
export function killAtExit(kill: () => void): () => void {
  if (running.size === 0) process.on("exit", killAll);
  running.add(kill);
  return () => {
    if (running.delete(kill) && running.size === 0) process.removeListener("exit", killAll);
  };
}

function killAll(): void {
  for (const kill of running) kill();
}
