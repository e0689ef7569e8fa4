import type { z } from "zod";
import type { AnswerName, Answers } from "./answers.ts";
import type { Context } from "./context.ts";
import type { Display } from "./display.ts";

/**
 * What can be done, as data. The id is the file, the export and the command: `key.generate` is `key-generate.ts`,
 * `keyGenerate` and `hexuser key generate`.
 */
export interface Operation<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> {
  readonly id: string;
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
  /** What people see of the output. Front ends show the output of an operation without this as JSON. */
  show?(output: z.output<Output>): Display;
  /** Whether a front end has to have the account's name typed before it executes this. */
  confirm?(input: z.output<Input>): boolean;
  run(input: z.output<Input>, ctx: Context, answers: Answers): Promise<z.input<Output>>;
}

/** Checks an operation's types where it's written, and gives it back. */
export function defineOperation<Input extends z.ZodObject, Output extends z.ZodObject>(
  operation: Operation<Input, Output>,
): Operation<Input, Output> {
  return operation;
}

/** What the list of operations holds: any operation, its types forgotten. */
// biome-ignore lint/suspicious/noExplicitAny: methods of different inputs have no other common type
export type AnyOperation = Operation<any, any>;
