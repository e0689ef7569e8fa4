import type { Keyboard } from "./keyboard.ts";

/** The stream for output. */
export interface Output {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

/** The last line on a terminal. Other output replaces it. */
interface Status {
  /** Shows a text until something else is written. */
  show(text: string): void;
  /** Counts down from that many seconds, until something else is written or the registry answers. */
  countDown(seconds: number, words: (left: string) => string): void;
  /** Continues the countdown that other output has replaced. */
  resume(): void;
  /** Hides the line while a question is open. Call the returned function afterwards. */
  hide(): () => void;
}

/** A terminal for questions. */
export interface Terminal {
  readonly keyboard: Keyboard;
  readonly output: Output;
  readonly status: Status;
  /** Aborts if the person interrupts while no question is open. */
  readonly signal: AbortSignal;
  readonly hasColors: boolean;
  /** For screen readers and terminals that can't redraw: every written line stays. */
  readonly isPlain: boolean;
  /** Two-factor codes are not shown while they are typed. */
  readonly hidesCodes: boolean;
  /** Whether the person can go back. If not, “<” is an ordinary answer. */
  readonly canGoBack: boolean;
  /** The current number of columns, which the person may change at any time. */
  columns(): number;
}
