import type { AnyOperation, Context, Mention } from "@hexuser/core";
import type { Terminal } from "./terminal.ts";

/** A backend that works on this machine now. */
export interface BackendOffer {
  readonly id: string;
  /** The backend's name, and what it means to store credentials there. */
  readonly title: string;
  readonly means: string;
  readonly context: Context;
  /** Makes later commands use it as well. */
  use(): Promise<void>;
}

/** The data of an output, and sentences about it. */
interface RenderedOutput {
  readonly data: string | undefined;
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
}

/** Everything that the wizard gets from the program that starts it. It uses nothing else. */
export interface WizardHost {
  readonly terminal: Terminal;
  readonly operations: readonly AnyOperation[];
  /** The backend, unless the person chooses another one. */
  readonly backend: BackendOffer;
  /** The other backends that work now. If there are any, a sign-in asks which one to use. */
  otherBackends(): Promise<readonly BackendOffer[]>;
  /** The command line that does the same. `backend`: the person chose another one. */
  commandLine(operation: AnyOperation, input: Readonly<Record<string, unknown>>, backend?: string): string;
  /** Names something that a hint mentions. */
  nameMention(mention: Mention): string;
  /** Shows an output as the operation's command does, at the terminal's width. Everything in it is escaped. */
  renderOutput(operation: AnyOperation, output: Readonly<Record<string, unknown>>): RenderedOutput;
  /** Makes text from elsewhere safe to show. */
  escapeText(text: string): string;
  /** Draws an address as a QR code of block characters. Absent unless the person asked for it. */
  readonly drawQr?: ((url: string) => string) | undefined;
  /** Makes links of the addresses in a text, if the terminal shows them. */
  linkAddresses(text: string): string;
  readonly pages: {
    /** Opens a page if there is a browser. Returns whether it tries to. `failed` may be called later. */
    open(url: string, failed: () => void): boolean;
    /** Lets the person open the page, if there is an address, or copy the code, with a key, until `close`. */
    offer(
      page: { readonly url: string | undefined; readonly code: string },
      say: (text: string) => void,
    ): void;
    close(): void;
  };
  /** Interrupts the running operation, as Ctrl-C does. */
  interrupt(): void;
}
