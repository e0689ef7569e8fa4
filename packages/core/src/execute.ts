import type { z } from "zod";
import { type Answers, answersTo } from "./answers.ts";
import type { Context } from "./context.ts";
import { type Failure, FailureError, fail } from "./failure.ts";
import { hint } from "./hint.ts";
import type { AnyOperation, Operation } from "./operation.ts";
import { InterruptedChange } from "./registry/registry-request.ts";
import { TransportError } from "./transport.ts";

export type Outcome =
  | { readonly ok: true; readonly output: Record<string, unknown> }
  | { readonly ok: false; readonly failure: Failure };

/**
 * The one door: checks the input, runs the operation, checks the output, and turns what was thrown into a
 * failure. It never throws. Repeating a call that failed with `needs` is always safe.
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
    return { ok: false, failure: toFailure(error, ctx.signal) };
  }
}

/**
 * Checks an operation's input by its schema, and gives it back with what the schema fills in.
 * Fails with `invalid_input`, with `needs` for the fields that are missing.
 */
export function checkInput(operation: AnyOperation, rawInput: unknown): Record<string, unknown> {
  refuseHalfCharacters(operation, rawInput);
  const input = operation.input.safeParse(rawInput);
  if (!input.success) throw invalidInput(operation, input.error, rawInput);
  return input.data;
}

/** Most calls come without answers, and are done before a schema for them would be made. */
function checkAnswers(operation: AnyOperation, answers: Answers): Answers {
  if (isEmpty(answers)) return {};
  refuseHalfCharacters(operation, answers);
  const given = answersTo(operation).safeParse(answers);
  if (!given.success) throw invalidInput(operation, given.error, answers);
  return given.data;
}

/** No request could carry one, nor could a message name what was meant. */
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

/** Turns anything that was thrown into a failure. An unexpected error is a defect of this program. */
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

function invalidInput(operation: AnyOperation, error: z.ZodError, raw: unknown): FailureError {
  const given = typeof raw === "object" && raw !== null ? (raw as Record<string, unknown>) : {};
  const lines = error.issues.map((issue) => `${issue.path.join(".") || operation.id}: ${issue.message}`);
  const missing = error.issues
    .filter(({ path }) => path.length === 1 && given[String(path[0])] === undefined)
    .map((issue) => ({ input: String(issue.path[0]), because: "missing" as const }));
  return fail("invalid_input", lines.join("\n"), {
    needs: missing.length === 0 ? undefined : missing,
    details: {
      issues: error.issues.map((issue) => ({ path: issue.path.map(String), message: issue.message })),
    },
  });
}

/** A value inside another one. */
interface Place {
  readonly value: unknown;
  readonly name?: string;
  readonly parent?: Place;
}

/**
 * Finds a text that holds half of a character: a surrogate without its other half, which JSON can write and UTF-8 can't
 * (RFC 8259, 8.2). Gives the path of such a text, or of what has such a name in it; `undefined` where every text is
 * whole. It takes any depth of nesting, so it doesn't call itself.
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

/** What is wrong with such a text. */
export const halfCharacter = "holds half of a character (a lone surrogate)";
