import { FailureError, type Outcome } from "@hexuser/core";
import { exitCodeOf } from "../output/exit-code.ts";
import { type CallResult, lacksSomething, type RunParts, runCall, tryReading } from "./call-runner.ts";
import type { PlannedCall } from "./check-calls.ts";
import { writeOutcome } from "./outcome-lines.ts";
import { unknownEnd } from "./run-failure.ts";
import { createTally, type Tally } from "./tally.ts";

/** How a run goes about its calls. */
export interface Manner {
  readonly parallel: number;
  /** Go on after a failure. */
  readonly continue: boolean;
}

/** What came of a run. */
export interface RunResult {
  /** Nothing is left that could be tried again. */
  readonly isOver: boolean;
  /** The code that the process ends with. */
  readonly code: number;
}

/**
 * Executes the calls of a document in their order, and writes what comes of each. Tells, on standard error, what
 * failed and how far it got. Fails when an outcome, or the journal, can't be written.
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
    reporter.notice(`Going on: ${tally.before} of ${calls.length} calls were dealt with before.`);
  // Where the outcomes are seen as they come, nothing more has to be told meanwhile.
  const showsProgress = !process.stdout.isTTY;
  let goesOn = true;
  try {
    await carryOutInOrder(tally.left, manner.parallel, {
      isAlone: ({ operation }) => operation.effect !== "read",
      async begin(call) {
        const { number, operation } = call;
        if (showsProgress) reporter.progress(`Call ${number} of ${calls.length}: ${operation.id}`);
        return operation.effect === "read" ? tryReading(call, parts) : undefined;
      },
      async finish(call, tried) {
        const result = await resultOf(call, tried, goesOn, parts);
        await settle(call, result, tally, parts);
        goesOn &&= result.outcome.ok || (manner.continue && !tally.isInterrupted());
        return goesOn;
      },
      isStopped: () => signal.aborted,
    });
  } catch (error) {
    throw error instanceof FailureError ? toldHowFar(error, tally) : error;
  } finally {
    reporter.clearProgress();
  }
  const wasInterrupted = signal.aborted || tally.isInterrupted();
  const { isOver, summary, firstFailure } = tally.end(wasInterrupted);
  if (isOver && firstFailure === undefined) reporter.notice(summary);
  else reporter.instruction(summary);
  if (wasInterrupted) return { isOver, code: exitCodeOf({ code: "interrupted" }) };
  return { isOver, code: firstFailure === undefined ? 0 : exitCodeOf(firstFailure) };
}

/**
 * A call that an earlier run began is never begun again: that it may have happened is what comes of it. What a read
 * lacks is asked for, unless the run stops already.
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

/** Tells what came of a call before it is written down: an outcome that nobody was told would be lost. */
async function settle(
  call: PlannedCall,
  result: CallResult,
  tally: Tally,
  { journal, ask: { reporter } }: RunParts,
): Promise<void> {
  const { outcome, isUnsure } = result;
  const { number, operation } = call;
  tally.add(call, result);
  const wasExecuted = outcome.ok || outcome.failure.code !== "interrupted" || isUnsure;
  if (!outcome.ok && wasExecuted) {
    const { failure } = outcome;
    reporter.failure({ ...failure, message: `Call ${number} (${operation.id}): ${failure.message}` });
  }
  try {
    if (wasExecuted) await writeOutcome(call, outcome);
    if (outcome.ok && operation.effect === "read") journal.note(number, "read");
  } finally {
    if (operation.effect !== "read")
      journal.note(number, outcome.ok ? "done" : isUnsure ? "settled" : "failed");
  }
}

function toldHowFar(error: FailureError, tally: Tally): FailureError {
  const { failure } = error;
  return new FailureError(
    { ...failure, message: `${failure.message} ${tally.end(false).summary}` },
    { cause: error },
  );
}

/** How calls are carried out. */
export interface Steps<Call, Begun> {
  /** Whether a call waits for all before it, and holds up those after it. */
  isAlone(call: Call): boolean;
  /** Begins a call; up to `parallel` of them run at the same time. Never rejects but for what ends everything. */
  begin(call: Call): Promise<Begun>;
  /** Ends a call, in the order of the list. Gives whether to go on. */
  finish(call: Call, begun: Begun): Promise<boolean>;
  /** Whether no more calls may begin. */
  isStopped(): boolean;
}

/**
 * Carries calls out: neighbours that need not be alone side by side, at most `parallel` of them, and each is finished
 * in the order of the list, one after the other. After a stop, what had begun is finished, and nothing else begins.
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
      // The code that waits for it comes later; until then, a failure must not count as unhandled.
      begun.catch(() => {});
      running.push({ call, begun });
      if (alone) await finishUntil(0);
    }
    await finishUntil(0);
  } finally {
    await Promise.allSettled(running.map(({ begun }) => begun));
  }
}
