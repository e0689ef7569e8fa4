import type { z } from "zod";
import type { AnswerName, Answers, OwnWords } from "./answers.ts";
import type { Context } from "./context.ts";
import type { Display } from "./display.ts";

/**
 * What can be done, as data. The id is the file, the export and the command: `key.generate` is `key-generate.ts`,
 * `keyGenerate` and `hexuser key generate`.
 */
export interface Operation<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
  // What it takes of the front end's context; more than `Context` only for a front end's own operations.
  Ctx = Context,
> extends OwnWords {
  readonly id: string;
  /** Other names under which a front end offers it. */
  readonly aliases?: readonly string[] | undefined;
  /** Words that people type instead, such as `key delete`: a command line tells them the right ones. */
  readonly mistakenNames?: readonly string[] | undefined;
  /** One line, without a full stop. */
  readonly summary: string;
  /** What it does and leaves undone, in whole sentences. */
  readonly description: string;
  /** Calls that people often make. Each front end writes them in its own form, and asks for what is missing. */
  readonly examples?: readonly { readonly means: string; readonly input: Partial<z.input<Input>> }[];
  /** Front ends confirm what destroys. */
  readonly effect: "read" | "write" | "destroy";
  readonly input: Input;
  /** What it may have to ask for. */
  readonly answers: readonly AnswerName[];
  readonly output: Output;
  /** What a person confirms, by typing the account's name, before a front end executes this. */
  confirm?(input: z.output<Input>): Confirmation | undefined;
  /**
   * What people see of the output. Without it they see the output as JSON.
   *
   * @param now milliseconds since the UNIX epoch
   */
  show?(output: z.output<Output>, now: number): Display;
  /** What this touches besides this machine: a registry otherwise. `program`: nothing but what the program has inside. */
  readonly reach?: "machine" | "program" | undefined;
  /** It shows the person a page, which a front end may open; on some, the person approves a sign-in. */
  readonly page?: "visited" | "approved" | undefined;
  /** It changes who is signed in, which the backend `env` hands to the person's shell. */
  readonly changesSignIn?: boolean | undefined;
  /** The field that accepts the registry's terms: a front end shows the terms first. */
  readonly terms?: string | undefined;
  /** How standard input holds secrets, beyond a line for each of the answers in their order. */
  readonly stdin?: StdinSecrets | undefined;
  /**
   * What stays at the registry if the output reaches nobody, and the calls that revoke it. Nobody has the secret of these
   * keys or this session then.
   */
  leaves?(output: z.output<Output>): Leftover;
  /** Where a person sees whether it happened: another operation, or advice. */
  readonly evidence?: AnyOperation | string | undefined;
  /** What people usually do after it, with the answers that are good for both. */
  readonly next?: NextOperation<z.output<Output>> | undefined;
  /** The names of keys that are known afterwards, for the completion of command lines. */
  learnKeyNames?(output: z.output<Output>, known: readonly string[]): readonly string[];
  run(input: z.output<Input>, ctx: Ctx, answers: Answers): Promise<z.input<Output>>;
}

export interface Confirmation {
  /** Reads what will be destroyed. */
  readonly look: AnyOperation;
  /** Tells what will be destroyed; `undefined` if there is nothing. */
  // biome-ignore lint/suspicious/noExplicitAny: the output is that of `look`
  tell(output: any): string | undefined;
}

export interface StdinSecrets {
  /** With a line less than there are answers, this answer has none. */
  readonly optional?: AnswerName;
  /** The lines to the end are this answer. */
  readonly rest?: "localPasswords";
}

export interface Leftover {
  readonly keys: readonly string[];
  /** A session stays, which only the registry's site can end. */
  readonly session?: boolean;
  readonly undo: readonly OperationCall[];
}

/** An operation with its input. */
export interface OperationCall {
  readonly operation: AnyOperation;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface NextOperation<Output> {
  /**
   * A question that a person has to answer with yes first; nothing where the operation can follow at once. It must
   * not fail because of the registry, because its failure would hide the success of the operation.
   */
  question?(ctx: Context): Promise<string | undefined>;
  /** Its id: the program's sign-in methods make `auth`. */
  readonly operation: string;
  input(output: Output): Record<string, unknown>;
  readonly answers: readonly AnswerName[];
}

/** Checks an operation's types where it's written, and gives it back. */
export function defineOperation<Input extends z.ZodObject, Output extends z.ZodObject, Ctx = Context>(
  operation: Operation<Input, Output, Ctx>,
): Operation<Input, Output, Ctx> {
  return operation;
}

/** What the list of operations holds: any operation, its types forgotten. */
// biome-ignore lint/suspicious/noExplicitAny: methods of different inputs have no other common type
export type AnyOperation = Operation<any, any, any>;
