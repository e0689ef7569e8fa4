import type { AccountKey, CredentialBackend } from "@hexuser/core";
import type { Shell } from "./env/shell-lines.ts";
import type { HomeEnvironment } from "./file/config-directory.ts";

/** What the program tells a backend about itself. */
export interface BackendSurroundings {
  readonly home: HomeEnvironment;
  /** The account of this run. */
  readonly account: AccountKey;
  /** Whether a person is there who can unlock something. */
  readonly isInteractive: boolean;
  /** The command of the keychain's worker process. Without it, a file of the working tree is the worker. */
  readonly keychainWorker?: { readonly command: string; readonly args: readonly string[] } | undefined;
  readonly notify: (message: string) => void;
  /** Takes the lines that the person's shell has to evaluate. Without it, nothing can be printed. */
  readonly shellLines?: { readonly shell: Shell; print(lines: readonly string[]): void } | undefined;
}

/**
 * A kind of place for credentials, with all that front ends need to know of it. It loads what opens it only then:
 * completion and help read the list of kinds, and no more.
 */
export interface BackendKind {
  /** The value of `--backend`, as help shows it: "file", "helper:NAME". */
  readonly name: string;
  /** What the values of this kind begin with, if there can be several. */
  readonly prefix?: string;
  /** Whether the credentials are in mix hex's own `hex.config`. */
  readonly isShared: boolean;
  /** Whether it can store credentials. If not, hexuser only reads them there, or prints them for the shell. */
  readonly canKeep: boolean;
  /** A title, and a sentence that explains what it means to keep credentials there. */
  describe(id: string): { readonly title: string; readonly means: string };
  /** The values that this machine offers, if there can be several. It must be quick: completion calls it. */
  find?(env: HomeEnvironment["env"]): readonly string[];
  /** Fails with `invalid_input` for an id that can't be. */
  open(id: string, surroundings: BackendSurroundings): Promise<CredentialBackend>;
}
