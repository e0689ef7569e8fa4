import type { AnyOperation } from "@hexuser/core";
import type { Options } from "./options.ts";

/**
 * The parts of an operation from which flags, help and reference are made. Commands that aren't operations have them,
 * too.
 */
export type CommandDescription = Pick<
  AnyOperation,
  | "id"
  | "aliases"
  | "mistakenNames"
  | "summary"
  | "description"
  | "examples"
  | "input"
  | "answers"
  | "confirm"
  | "show"
  | "leaves"
  | "page"
  | "changesSignIn"
> &
  Partial<Pick<AnyOperation, "output">>;

/**
 * A command that isn't an operation: it describes operations, or executes them for another program or for the wizard.
 */
export interface FrontEnd extends CommandDescription {
  /** Runs the command, including its output. Returns the exit code. A failure is thrown. */
  carryOut(options: Options, signal: AbortSignal): Promise<number>;
}

/** An operation, or a front end that is a command of its own. */
export type AnyCommand = AnyOperation | FrontEnd;
