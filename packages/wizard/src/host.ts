import type { AnyOperation, Context, Mention } from "@hexuser/core";
import type { Terminal } from "./terminal.ts";

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

/** Everything that the wizard gets from the program that starts it. It touches nothing else. */
export interface WizardHost {
  readonly terminal: Terminal;
  readonly operations: readonly AnyOperation[];
  /** Where credentials are kept, unless the person chooses another place. */
  readonly backend: BackendOffer;
  /** The other places that are usable here and now; where there are any, a sign-in asks which one to take. */
  otherBackends(): Promise<readonly BackendOffer[]>;
  /** The command line that does the same. `backend`: where another one was chosen. */
  commandLine(operation: AnyOperation, input: Readonly<Record<string, unknown>>, backend?: string): string;
  /** Names something that a hint mentions. */
  nameMention(mention: Mention): string;
  /** Makes text from elsewhere safe to be shown. */
  escapeText(text: string): string;
  /** Draws an address as a QR code of block characters; absent unless the person asked for that. */
  readonly drawQr?: ((url: string) => string) | undefined;
  /** Opens a page in the person's browser, and tells whether it tries. `failed`: called later on, where it came to nothing. */
  openPage(url: string, failed: () => void): boolean;
  /** Ends what runs now, as Ctrl-C does. */
  interrupt(): void;
}
