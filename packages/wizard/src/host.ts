import type { AnyOperation, Context } from "@hexuser/core";

/** The terminal that the wizard talks on, as whoever starts it sees it. */
export interface WizardTerminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Given when the person interrupts while no question is open. */
  readonly signal: AbortSignal;
  readonly hasColors: boolean;
  /** For screen readers and terminals that can't redraw: lines are written one after the other, and stay. */
  readonly isPlain: boolean;
  /** How many columns there are now; the person may change that at any time. */
  columns(): number;
}

/** A place where credentials can be kept, usable here and now. */
export interface BackendOffer {
  readonly id: string;
  /** What it's called, and what keeping credentials there means. */
  readonly title: string;
  readonly means: string;
  readonly context: Context;
  /** Has later commands use it, too. */
  use(): Promise<void>;
}

/** What the wizard is given by whoever starts it. It touches nothing else. */
export interface WizardHost {
  readonly terminal: WizardTerminal;
  readonly operations: readonly AnyOperation[];
  /** Where credentials are kept, unless the person chooses another place. */
  readonly backend: BackendOffer;
  /** The other places that are usable here and now; where there are any, a sign-in asks which one to take. */
  otherBackends(): Promise<readonly BackendOffer[]>;
  /** The command line that does the same. `backend`: where another one was chosen. */
  commandLine(operation: AnyOperation, input: Readonly<Record<string, unknown>>, backend?: string): string;
  /** Makes text from elsewhere safe to be shown. */
  escapeText(text: string): string;
  /** Opens a page in the person's browser, and tells whether it tried. */
  openPage(url: string): boolean;
  /** Ends what runs now, as Ctrl-C does. */
  interrupt(): void;
}
