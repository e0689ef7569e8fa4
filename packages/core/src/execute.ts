import type { z } from "zod";
import { type Answers, answersTo } from "./answers.ts";
import type { Context } from "./context.ts";
import { type Failure, FailureError, fail } from "./failure.ts";
import { hint } from "./hint.ts";
import type { AnyOperation, Operation } from "./operation.ts";
import { InterruptedChange } from "./registry/registry-request.ts";
import { inPredicates, tellIssues } from "./schema/tell-issue.ts";
import { TransportError } from "./transport.ts";

export type Outcome =
  | { readonly ok: true; readonly output: Record<string, unknown> }
  | { readonly ok: false; readonly failure: Failure };

/**
 * The only way to run an operation. It checks the input, runs the operation, checks the output and turns an exception
 * into a failure. It never throws. Repeating a call that failed with `needs` is always safe.
 */
export async function execute<Ctx extends Pick<Context, "signal">>(
  // biome-ignore lint/suspicious/noExplicitAny: any operation that this context is enough for
  operation: Operation<any, any, Ctx>,
  rawInput: unknown,
  ctx: Ctx,
  answers: Answers = {},
): Promise<Outcome> {
  try {
    const input = checkInput(operation, rawInput);
    const given = checkAnswers(operation, answers);
    ctx.signal.throwIfAborted();
    const output = await operation.run(input, ctx, given);
    return { ok: true, output: operation.output.parse(output) };
  } catch (error) {
    return { ok: false, failure: inSentences(toFailure(error, ctx.signal), operation) };
  }
}

/**
 * Carries out the second half of an operation that succeeded, if it has one. It never throws. Repeating it after a failure
 * with `needs` is safe.
 *
 * @param isDelivered whether the output has reached its receiver
 * @returns the output again, or the failure
 */
export async function settle<Ctx extends Pick<Context, "signal">>(
  // biome-ignore lint/suspicious/noExplicitAny: any operation that this context is enough for
  operation: Pick<Operation<any, any, Ctx>, "settle">,
  output: Record<string, unknown>,
  ctx: Ctx,
  answers: Answers,
  isDelivered: boolean,
): Promise<Outcome> {
  try {
    await operation.settle?.(output, ctx, answers, isDelivered);
    return { ok: true, output };
  } catch (error) {
    return { ok: false, failure: toFailure(error, ctx.signal) };
  }
}

/**
 * Checks an operation's input by its schema, and returns it with the schema's defaults. Fails with `invalid_input`,
 * with `needs` for missing fields.
 */
export function checkInput(operation: AnyOperation, rawInput: unknown): Record<string, unknown> {
  refuseHalfCharacters(operation, rawInput);
  const input = operation.input.safeParse(rawInput, inPredicates);
  if (!input.success) throw invalidInput(operation, input.error, rawInput);
  return input.data;
}

/** Most calls have no answers, so this avoids making a schema for them. */
function checkAnswers(operation: AnyOperation, answers: Answers): Answers {
  if (isEmpty(answers)) return {};
  refuseHalfCharacters(operation, answers);
  const given = answersTo(operation).safeParse(answers, inPredicates);
  if (!given.success) throw invalidInput(operation, given.error, answers);
  return given.data;
}

/** A lone surrogate can't be sent, and a message can't show it. */
function refuseHalfCharacters(operation: AnyOperation, raw: unknown): void {
  const path = findHalfCharacter(raw);
  if (path === undefined) return;
  throw fail("invalid_input", `${path.join(".") || operation.id}: ${halfCharacter}`, {
    details: { issues: [{ path: [...path], message: halfCharacter }] },
  });
}

function isEmpty(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  );
}

/** Turns anything that was thrown into a failure. An unexpected error is a defect of hexuser. */
export function toFailure(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted) {
    if (error instanceof InterruptedChange) return error.failure;
    const isUnsure = error instanceof FailureError && error.failure.details?.mayHaveHappened === true;
    // An interruption must not hide a change that may have been made.
    return isUnsure
      ? { ...error.failure, code: "interrupted" }
      : { code: "interrupted", message: "Interrupted." };
  }
  if (error instanceof FailureError) return error.failure;
  if (error instanceof TransportError) return { code: "network_unreachable", message: error.message };
  return {
    code: "defect",
    message: `hexuser has a defect: ${error instanceof Error ? error.message : String(error)}`,
    hint: hint`please report this, with the command and what it prints with ${{ option: "verbose" }}.`,
  };
}

/** Replaces the paths in complaints of schemas and registries by titles, which people know. */
function inSentences(failure: Failure, operation: AnyOperation): Failure {
  const { code, details } = failure;
  const isComplaint = code === "validation_failed" || code === "invalid_input";
  if (!isComplaint || details?.issues === undefined || details.issues.length === 0) return failure;
  return { ...failure, message: tellIssues(details.issues, operation) };
}

function invalidInput(operation: AnyOperation, error: z.ZodError, raw: unknown): FailureError {
  const given = typeof raw === "object" && raw !== null ? (raw as Record<string, unknown>) : {};
  const issues = error.issues.map(({ path, message }) => ({ path: path.map(String), message }));
  const missing = error.issues
    .filter(({ path }) => path.length === 1 && given[String(path[0])] === undefined)
    .map((issue) => ({ input: String(issue.path[0]), because: "missing" as const }));
  return fail("invalid_input", tellIssues(issues, operation), {
    needs: missing.length === 0 ? undefined : missing,
    details: { issues },
  });
}

/** A value and its path. */
interface Place {
  readonly value: unknown;
  readonly name?: string;
  readonly parent?: Place;
}

/**
 * Finds a text that holds half of a character: a surrogate without its other half, which JSON can write and UTF-8 can't
 * (RFC 8259, 8.2). Returns the path of that text, or of the value that has such a name in it, or `undefined` if every
 * text is whole. It isn't recursive, so it takes any depth of nesting.
 */
export function findHalfCharacter(value: unknown): readonly string[] | undefined {
  const open: Place[] = [{ value }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (typeof place.value === "string") {
      if (!place.value.isWellFormed()) return pathOf(place);
    } else if (typeof place.value === "object" && place.value !== null) {
      for (const [name, part] of Object.entries(place.value).reverse()) {
        if (!name.isWellFormed()) return pathOf(place);
        open.push({ value: part, name, parent: place });
      }
    }
  }
  return undefined;
}

function pathOf(place: Place): readonly string[] {
  const names: string[] = [];
  for (let at: Place | undefined = place; at?.name !== undefined; at = at.parent) names.push(at.name);
  return names.reverse();
}

/** The complaint about such a text. */
export const halfCharacter = "holds half of a character (a lone surrogate)";
