import type { z } from "zod";
import type { AnswerName, Answers, OwnWords } from "./answers.ts";
import type { Context } from "./context.ts";
import type { Display } from "./display.ts";

/**
 * Something that hexuser can do, as data. The id gives the names of the file, the export and the command:
 * `key.generate` is `key-generate.ts`, `keyGenerate` and `hexuser key generate`.
 */
export interface Operation<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
  // The part of the front end's context that `run` takes. Only a front end's own operations take more than `Context`.
  Ctx = Context,
> extends OwnWords {
  readonly id: string;
  /** Other names under which a front end offers it. */
  readonly aliases?: readonly string[] | undefined;
  /** Wrong names that people type, such as `key delete`. A command line then suggests the right one. */
  readonly mistakenNames?: readonly string[] | undefined;
  /** One line, without a full stop. */
  readonly summary: string;
  /** What it does and doesn't do, in whole sentences. */
  readonly description: string;
  /** Frequent calls. Each front end writes them in its own form, and asks for missing fields. */
  readonly examples?: readonly { readonly means: string; readonly input: Partial<z.input<Input>> }[];
  /** Front ends ask for confirmation if the effect is `destroy`. */
  readonly effect: "read" | "write" | "destroy";
  readonly input: Input;
  /** The answers that it may need. */
  readonly answers: readonly AnswerName[];
  readonly output: Output;
  /** What a person confirms, by typing the account's name, before a front end executes this. */
  confirm?(input: z.output<Input>): Confirmation | undefined;
  /**
   * What people see of the output. By default they see the output as JSON.
   *
   * @param now milliseconds since the UNIX epoch
   */
  show?(output: z.output<Output>, now: number): Display;
  /** What it uses: a registry by default, only this `machine`, or only the `program` itself. */
  readonly reach?: "machine" | "program" | undefined;
  /** It shows the person a page, which a front end may open. `approved`: the person approves a sign-in on it. */
  readonly page?: "visited" | "approved" | undefined;
  /** It changes who is signed in. With the backend `env`, the person's shell has to take over the change. */
  readonly changesSignIn?: boolean | undefined;
  /** The field that accepts the registry's terms. A front end shows the terms first. */
  readonly terms?: string | undefined;
  /** How standard input carries secrets, if it isn't one line for each of the answers in their order. */
  readonly stdin?: StdinSecrets | undefined;
  /**
   * What stays at the registry if the output reaches nobody, and the calls that revoke it. Nobody has the secret of
   * these keys or of this session in that case.
   */
  leaves?(output: z.output<Output>): Leftover;
  /** How a person finds out whether it happened: by another operation, or by advice. */
  readonly evidence?: AnyOperation | string | undefined;
  /** The choice that a menu offers where it shows the list that another operation reads. */
  readonly choice?:
    | { readonly beside: AnyOperation; readonly name: string; readonly means: string }
    | undefined;
  /** What people usually do after it, with the answers that both use. */
  readonly next?: NextOperation<z.output<Output>> | undefined;
  /** Returns the names of keys that are known afterwards, for the completion of command lines. */
  learnKeyNames?(output: z.output<Output>, known: readonly string[]): readonly string[];
  /**
   * Returns the permissions for single repositories or packages that the account can give to a key, for completion.
   * Returns `undefined` if the output doesn't tell them.
   */
  learnPermissions?(output: z.output<Output>): readonly string[] | undefined;
  run(input: z.output<Input>, ctx: Ctx, answers: Answers): Promise<z.input<Output>>;
  /**
   * The second half, for what may be done only after the output has reached its receiver: front ends call it then. They
   * call it as well, with `isDelivered` false, if the output reached nobody.
   */
  settle?(output: z.output<Output>, ctx: Ctx, answers: Answers, isDelivered: boolean): Promise<void>;
}

export interface Confirmation {
  /** Reads what this call will destroy. */
  readonly look: AnyOperation;
  /** The input of `look`. */
  readonly input?: Readonly<Record<string, unknown>>;
  /** The organization whose name the person types. Without it, the person types the account's name. */
  readonly organization?: string | undefined;
  /** Describes what this call will destroy. Returns `undefined` if there is nothing to destroy. */
  // biome-ignore lint/suspicious/noExplicitAny: the output is that of `look`
  tell(output: any): string | undefined;
}

export interface StdinSecrets {
  /** The answer that is missing if the input has one line less. */
  readonly optional?: AnswerName;
  /** The answer that takes all remaining lines. */
  readonly rest?: "localPasswords";
}

export interface Leftover {
  readonly keys: readonly string[];
  /** There is also a session. Only the registry's site can end it. */
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
   * Returns a question that the person has to answer with yes first, or `undefined` if the operation can follow at
   * once. It must not fail because of the registry: its failure would hide the success of the operation.
   */
  question?(ctx: Context): Promise<string | undefined>;
  /** The operation's id, because the operation `auth` exists only once the list of methods is known. */
  readonly operation: string;
  input(output: Output): Record<string, unknown>;
  readonly answers: readonly AnswerName[];
}

/** Checks an operation's types in its file. Returns the operation unchanged. */
export function defineOperation<Input extends z.ZodObject, Output extends z.ZodObject, Ctx = Context>(
  operation: Operation<Input, Output, Ctx>,
): Operation<Input, Output, Ctx> {
  return operation;
}

/** Any operation, without its types, for lists of operations. */
// biome-ignore lint/suspicious/noExplicitAny: methods of different inputs have no other common type
export type AnyOperation = Operation<any, any, any>;
