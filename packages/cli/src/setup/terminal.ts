import type { Terminal } from "@hexuser/wizard";
import type { Front } from "./front.ts";

/** The person's terminal, for questions: on standard error, since standard output belongs to the data. */
export function createTerminal(
  front: Pick<Front, "colors" | "isPlain">,
  signal: AbortSignal,
  { canGoBack }: Pick<Terminal, "canGoBack">,
): Terminal {
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
