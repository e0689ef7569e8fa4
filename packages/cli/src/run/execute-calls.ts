import { FailureError, type Outcome } from "@hexuser/core";
import { exitCodeOf } from "../output/exit-code.ts";
import { type CallResult, lacksSomething, type RunParts, runCall, tryReading } from "./call-runner.ts";
import type { PlannedCall } from "./check-calls.ts";
import { writeOutcome } from "./outcome-lines.ts";
import { unknownEnd } from "./run-failure.ts";
import { createTally, type Tally } from "./tally.ts";

/** How to execute the calls. */
export interface Manner {
  readonly parallel: number;
  /** Continue after a failure. */
  readonly continue: boolean;
}

/** The result of a run. */
export interface RunResult {
  /** No call is left to try again. */
  readonly isOver: boolean;
  /** The exit code. */
  readonly code: number;
}

/**
 * Executes the calls of a document in their order, and writes the outcome of each. On standard error, it reports
 * failures and how far it got. Fails if it can't write an outcome or the journal.
 */
export async function executeCalls(
  calls: readonly PlannedCall[],
  manner: Manner,
  parts: RunParts,
): Promise<RunResult> {
  const { journal, ask } = parts;
  const { reporter, signal } = ask;
  const tally = createTally(calls, journal);
  if (tally.before > 0)
    reporter.notice(`Continuing: ${tally.before} of ${calls.length} calls were finished before.`);
  // On a terminal, the outcomes themselves show the progress.
  const showsProgress = !process.stdout.isTTY;
  let goesOn = true;
  try {
    await carryOutInOrder(tally.left, manner.parallel, {
      isAlone: ({ operation }) => operation.effect !== "read",
      async begin(call) {
        const { number, operation } = call;
        if (showsProgress) reporter.status.show(`Call ${number} of ${calls.length}: ${operation.id}`);
        return operation.effect === "read" ? tryReading(call, parts) : undefined;
      },
      async finish(call, tried) {
        const result = await resultOf(call, tried, goesOn, parts);
        const { outcome } = await conclude(call, result, tally, parts);
        goesOn &&= outcome.ok || (manner.continue && !tally.isInterrupted());
        return goesOn;
      },
      isStopped: () => signal.aborted,
    });
  } catch (error) {
    throw error instanceof FailureError ? toldHowFar(error, tally) : error;
  } finally {
    reporter.status.clear();
  }
  const wasInterrupted = signal.aborted || tally.isInterrupted();
  const { isOver, summary, firstFailure } = tally.end(wasInterrupted);
  if (isOver && firstFailure === undefined) reporter.notice(summary);
  else reporter.instruction(summary);
  if (wasInterrupted) return { isOver, code: exitCodeOf({ code: "interrupted" }) };
  return { isOver, code: firstFailure === undefined ? 0 : exitCodeOf(firstFailure) };
}

/**
 * Returns the result of a call. If an earlier run began the call, it isn't begun again, and the result is that it may
 * have happened. If a read lacked something, the person is asked now, unless the run stops already.
 */
async function resultOf(
  call: PlannedCall,
  tried: Outcome | undefined,
  goesOn: boolean,
  parts: RunParts,
): Promise<CallResult> {
  if (parts.journal.stateOf(call.number) === "begun")
    return { outcome: { ok: false, failure: unknownEnd(call) }, isUnsure: true };
  const isSettled = tried !== undefined && (tried.ok || !goesOn || !lacksSomething(tried.failure));
  return isSettled ? { outcome: tried, isUnsure: false } : runCall(call, parts);
}

/**
 * Reports the outcome of a call before noting it in the journal. Otherwise an outcome that nobody saw would be lost.
 */
async function conclude(
  call: PlannedCall,
  result: CallResult,
  tally: Tally,
  parts: RunParts,
): Promise<CallResult> {
  const { outcome, isUnsure } = result;
  const { number, operation } = call;
  const { journal, ask } = parts;
  const { reporter } = ask;
  const { settle } = result;
  if (settle === undefined) tally.add(call, result);
  const wasExecuted = outcome.ok || outcome.failure.code !== "interrupted" || isUnsure;
  if (!outcome.ok && wasExecuted) {
    const { failure } = outcome;
    reporter.failure({ ...failure, message: `Call ${number} (${operation.id}): ${failure.message}` });
  }
  let isWritten = false;
  let end = result;
  try {
    if (wasExecuted) await writeOutcome(call, outcome);
    isWritten = true;
    if (outcome.ok && operation.effect === "read") journal.note(number, "read");
  } finally {
    const failure = await settle?.(isWritten);
    if (failure !== undefined) {
      end = { outcome: { ok: false, failure }, isUnsure: true };
      reporter.failure({ ...failure, message: `Call ${number} (${operation.id}): ${failure.message}` });
    }
    if (settle !== undefined) tally.add(call, end);
    if (operation.effect !== "read")
      journal.note(number, end.outcome.ok ? "done" : isUnsure || end !== result ? "settled" : "failed");
  }
  return end;
}

function toldHowFar(error: FailureError, tally: Tally): FailureError {
  const { failure } = error;
  return new FailureError(
    { ...failure, message: `${failure.message} ${tally.end(false).summary}` },
    { cause: error },
  );
}

/** How to execute calls. */
export interface Steps<Call, Begun> {
  /** Tells whether a call runs alone: after all calls before it, and before all calls after it. */
  isAlone(call: Call): boolean;
  /** Begins a call. Up to `parallel` of them run at the same time. Rejects only if the whole run has to end. */
  begin(call: Call): Promise<Begun>;
  /** Ends a call, in the order of the list. Returns whether to continue. */
  finish(call: Call, begun: Begun): Promise<boolean>;
  /** Tells whether no more calls may begin. */
  isStopped(): boolean;
}

/**
 * Executes calls. At most `parallel` neighbours run at the same time, except for calls that run alone. The calls are
 * finished one after the other, in the order of the list. After a stop, running calls are finished and no other begins.
 */
export async function carryOutInOrder<Call, Begun>(
  calls: readonly Call[],
  parallel: number,
  { isAlone, begin, finish, isStopped }: Steps<Call, Begun>,
): Promise<void> {
  const running: { call: Call; begun: Promise<Begun> }[] = [];
  let goesOn = true;
  const finishUntil = async (left: number) => {
    while (running.length > left) {
      const [oldest] = running;
      if (oldest === undefined) return;
      const begun = await oldest.begun;
      running.shift();
      if (!(await finish(oldest.call, begun))) goesOn = false;
    }
  };
  try {
    for (const call of calls) {
      const alone = isAlone(call);
      await finishUntil(alone ? 0 : parallel - 1);
      if (!goesOn || isStopped()) break;
      const begun = begin(call);
      // `finishUntil` awaits it later. Until then, a failure must not count as unhandled.
      begun.catch(() => {});
      running.push({ call, begun });
      if (alone) await finishUntil(0);
    }
    await finishUntil(0);
  } finally {
    await Promise.allSettled(running.map(({ begun }) => begun));
  }
}
