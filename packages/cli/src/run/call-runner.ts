import {
  type CallState,
  type Context,
  execute,
  type Failure,
  type FailureError,
  hint,
  isSignInMissing,
  type Outcome,
  toFailure,
  withFacts,
} from "@hexuser/core";
import { confirmDestruction } from "../ask/confirm-destruction.ts";
import {
  type AskContext,
  type CallSetup,
  executeForPerson,
  settleForPerson,
} from "../ask/execute-for-person.ts";
import type { ChangeWatch } from "./change-watch.ts";
import type { PlannedCall } from "./check-calls.ts";
import type { Journal } from "./journal.ts";
import type { KeptAnswers } from "./kept-answers.ts";
import type { RateLimitGate } from "./rate-limit-gate.ts";
import { whatToLookAt, withoutSwitches } from "./run-failure.ts";

/** The parts that all calls of a run share. */
export interface RunParts {
  readonly ctx: Context;
  readonly ask: AskContext;
  readonly answers: KeptAnswers;
  readonly journal: Journal;
  readonly watch: ChangeWatch;
  readonly gate: RateLimitGate;
  /** `--yes`: destroy without asking for confirmation. */
  readonly isSpared: boolean;
}

/** The result of a call. */
export interface CallResult {
  readonly outcome: Outcome;
  /** It failed, but it may have happened nevertheless. */
  readonly isUnsure: boolean;
  /** The second half of a call that succeeded. Returns its failure. */
  readonly settle?: ((isDelivered: boolean) => Promise<Failure | undefined>) | undefined;
}

/** How often a call is tried again while other programs use up the shared rate limit. */
const limitsWaited = 5;

/** Executes a call that reads, without asking, because several run at the same time. */
export async function tryReading(call: PlannedCall, parts: RunParts): Promise<Outcome> {
  return executePatiently(parts)(call.operation, inputOf(call, parts), parts.ctx, parts.answers.for(call));
}

/** Tells whether a person could give what a call lacked. */
export function lacksSomething(failure: Failure): boolean {
  return (failure.needs ?? []).length > 0 || isSignInMissing(failure);
}

/** Executes a call, and asks for what it lacks. A call that changes something is in the journal while it runs. */
export async function runCall(call: PlannedCall, parts: RunParts): Promise<CallResult> {
  const { operation } = call;
  const { ctx, ask, answers, watch } = parts;
  const setup: CallSetup = { ctx, ask, execute: executeNoted(call, parts) };
  const state: CallState = { input: inputOf(call, parts), answers: answers.for(call) };
  watch.begin();
  const outcome = await settle(ctx.signal, async () => {
    const undecided = await confirmDestruction(operation, state, setup, parts.isSpared);
    if (undecided !== undefined) return { ok: false, failure: undecided };
    if (call.deliver === undefined) return executeForPerson(operation, state, setup);
    const { executeDelivering } = await import("../output/delivery.ts");
    return executeDelivering(
      call,
      () => executeForPerson(operation, state, setup),
      (output) => settleForPerson(operation, state, output, setup, false),
    );
  });
  answers.learn(state, outcome.ok ? undefined : outcome.failure);
  if (outcome.ok) {
    const settle = (isDelivered: boolean) =>
      settleForPerson(operation, state, outcome.output, { ctx, ask }, isDelivered);
    return { outcome, isUnsure: false, ...(operation.settle === undefined ? {} : { settle }) };
  }
  const failure = withoutSwitches(outcome.failure, ask.terminal !== undefined);
  if (operation.effect === "read" || !mayHaveHappened(failure, watch))
    return { outcome: { ok: false, failure }, isUnsure: false };
  const unsure: Failure = {
    ...failure,
    hint: hint`it may have happened; ${whatToLookAt(operation)}`,
    details: { ...failure.details, mayHaveHappened: true },
  };
  return { outcome: { ok: false, failure: unsure }, isUnsure: true };
}

function mayHaveHappened({ code, details }: Failure, watch: ChangeWatch): boolean {
  if (details?.mayHaveHappened === true || watch.hasUnanswered()) return true;
  return code === "interrupted" && watch.mayHaveChanged();
}

/** Notes only the call's own effect. Operations that run meanwhile, such as a sign-in, aren't part of it. */
function executeNoted(call: PlannedCall, parts: RunParts): typeof execute {
  const { operation, number } = call;
  const executeNow = executePatiently(parts);
  return async (executed, input, ctx, answers) => {
    if (executed.id !== operation.id || operation.effect === "read")
      return executeNow(executed, input, ctx, answers);
    parts.journal.note(number, "begun");
    const outcome = await executeNow(executed, input, ctx, answers);
    // A call that lacks something has changed nothing, so the person may take their time.
    if (!outcome.ok && lacksSomething(outcome.failure)) parts.journal.note(number, "failed");
    return outcome;
  };
}

/** Waits again if other programs use up the rate limit as soon as its window ends. */
function executePatiently({ gate }: RunParts): typeof execute {
  return async (operation, input, ctx, answers) => {
    for (let waited = 0; ; waited += 1) {
      const outcome = await execute(operation, input, ctx, answers);
      const isHeldUp = !outcome.ok && outcome.failure.code === "rate_limited" && gate.isClosed();
      if (!isHeldUp || waited === limitsWaited) return outcome;
    }
  };
}

/** Whether somebody can approve a sign-in depends on how hexuser was started, unless the document says it. */
function inputOf({ operation, input }: PlannedCall, { ask }: RunParts): Record<string, unknown> {
  return withFacts(operation, input, { unattended: ask.terminal === undefined });
}

async function settle(signal: AbortSignal, run: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await run();
  } catch (error) {
    if (isOfJournal(error)) throw error;
    return { ok: false, failure: toFailure(error, signal) };
  }
}

/** If the journal can't be written, the call must not be executed, and the run ends. */
function isOfJournal(error: unknown): boolean {
  const failure = (error as FailureError | undefined)?.failure;
  return failure?.code === "storage_write_failed";
}
