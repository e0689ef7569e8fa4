import type { Terminal } from "@hexuser/wizard";
import type { Front } from "./front.ts";

/**
 * The person's terminal, for questions: on standard error, since standard output belongs to the data. None where nobody
 * is there who can be asked.
 */
export function createTerminal(
  front: Pick<Front, "isInteractive" | "colors" | "isPlain">,
  signal: AbortSignal,
  { canGoBack }: Pick<Terminal, "canGoBack">,
): Terminal | undefined {
  if (!front.isInteractive) return undefined;
  return {
    input: process.stdin,
    output: process.stderr,
    signal,
    hasColors: front.colors.error,
    isPlain: front.isPlain,
    canGoBack,
    columns: () => Math.max(20, process.stderr.columns || 80),
  };
}
