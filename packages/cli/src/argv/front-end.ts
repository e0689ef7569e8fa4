import type { AnyOperation } from "@hexuser/core";
import type { Options } from "./options.ts";

/** What flags, help and reference are made from: an operation has it, and so have the commands that are none. */
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

/** A command that is no operation, but tells of operations or has them executed for somebody else. */
export interface FrontEnd extends CommandDescription {
  /** Does it all, output included, and gives the code that the process ends with; fails by throwing. */
  carryOut(options: Options, signal: AbortSignal): Promise<number>;
}

/** An operation, or a front end that has a command of its own. */
export type AnyCommand = AnyOperation | FrontEnd;
