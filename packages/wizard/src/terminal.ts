/** A terminal for questions, as the caller sees it. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Given when the person interrupts while no question is open. */
  readonly signal: AbortSignal;
  readonly hasColors: boolean;
  /** For screen readers and terminals that can't redraw: lines are written one after the other, and stay. */
  readonly isPlain: boolean;
  /** Whether there are steps to go back to; a command asks for what it lacks, and “<” is an answer like others. */
  readonly canGoBack: boolean;
  /** How many columns there are now; the person may change that at any time. */
  columns(): number;
}
