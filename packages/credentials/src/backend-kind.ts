import type { AccountKey, CredentialBackend, HexClient, Shell } from "@hexuser/core";
import type { HomeEnvironment } from "./file/directories.ts";

/** What a backend needs to know about the program. */
export interface BackendSurroundings {
  readonly home: HomeEnvironment;
  /** The account of this run. */
  readonly account: AccountKey;
  /** Whether a person is there to unlock something. */
  readonly isInteractive: boolean;
  /** The command of the keychain's worker process. Without it, a file beside the sources is the worker. */
  readonly keychainWorker?: { readonly command: string; readonly args: readonly string[] } | undefined;
  readonly notify: (message: string) => void;
  /** Leaves the terminal to a program that may ask the person there. Absent if hexuser doesn't read the terminal. */
  readonly lend?: (<T>(run: () => Promise<T>) => Promise<T>) | undefined;
  /** Takes the lines that the person's shell has to evaluate. Without it, no lines can be printed. */
  readonly shellLines?:
    | {
        readonly shell: Shell;
        readonly client?: HexClient | undefined;
        print(lines: readonly string[]): void;
      }
    | undefined;
}

/**
 * A kind of backend, with everything that front ends need to know about it. It loads its implementation only when it is
 * opened, because completion and help read the list of kinds and nothing else.
 */
export interface BackendKind {
  /** Its name in help: "file", "helper:NAME". */
  readonly name: string;
  /** The beginning of the names, if this kind has several backends. */
  readonly prefix?: string;
  /** Whether the credentials are in mix hex's own `hex.config`. */
  readonly isShared: boolean;
  /** Whether it can store credentials. If not, hexuser reads them there, or prints them for the shell. */
  readonly canKeep: boolean;
  /** A title, and a sentence that explains what it means to store credentials there. */
  describe(id: string): { readonly title: string; readonly means: string };
  /** Finds the backends on this machine, if this kind has several. It must be quick, because completion calls it. */
  find?(env: HomeEnvironment["env"]): readonly string[];
  /** Fails with `invalid_input` for an invalid id. */
  open(id: string, surroundings: BackendSurroundings): Promise<CredentialBackend>;
}
