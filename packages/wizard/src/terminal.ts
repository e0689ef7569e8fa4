/** A terminal for questions. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Aborts if the person interrupts while no question is open. */
  readonly signal: AbortSignal;
  readonly hasColors: boolean;
  /** For screen readers and terminals that can't redraw: every written line stays. */
  readonly isPlain: boolean;
  /** Whether the person can go back. If not, “<” is an ordinary answer. */
  readonly canGoBack: boolean;
  /** The current number of columns, which the person may change at any time. */
  columns(): number;
}
