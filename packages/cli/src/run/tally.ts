import type { Failure } from "@hexuser/core";
import type { CallResult } from "./call-runner.ts";
import type { PlannedCall } from "./check-calls.ts";
import type { Journal, JournalState } from "./journal.ts";

/** How far a run got. */
export interface Tally {
  /** The calls that an earlier run has not finished. */
  readonly left: readonly PlannedCall[];
  /** The number of the other calls. */
  readonly before: number;
  add(call: PlannedCall, result: CallResult): void;
  /** Tells whether the person interrupted a question. */
  isInterrupted(): boolean;
  end(wasInterrupted: boolean): {
    /** No call is left to try again. */
    readonly isOver: boolean;
    readonly summary: string;
    readonly firstFailure: Failure | undefined;
  };
}

/** Begins with the calls that an earlier run finished, according to its journal. */
export function createTally(calls: readonly PlannedCall[], journal: Journal): Tally {
  const isIn = ({ number }: PlannedCall, ...states: readonly JournalState[]) =>
    states.some((state) => journal.stateOf(number) === state);
  const left = calls.filter((call) => !isIn(call, "done", "read", "settled"));
  let done = calls.filter((call) => isIn(call, "done", "read")).length;
  let settled = calls.length - left.length - done;
  let seen = calls.length - left.length;
  let isInterrupted = false;
  const failures: { readonly number: number; readonly failure: Failure }[] = [];

  function summarize(wasInterrupted: boolean): string {
    const total = calls.length;
    const [first] = failures;
    const isStopped = seen < total;
    const dones = `${done} ${done === 1 ? "is" : "are"} done`;
    if (wasInterrupted) return `Interrupted. Of ${total} calls, ${dones}.`;
    if (isStopped && first !== undefined)
      return `Stopped at call ${failures.at(-1)?.number} of ${total}; ${dones}.`;
    if (isStopped) return `Stopped. Of ${total} calls, ${dones}.`;
    const failed = total - done - settled;
    const others = [
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(settled > 0 ? [`${settled} may have happened`] : []),
    ];
    return others.length === 0
      ? `All ${total} calls are done.`
      : `Of ${total} calls, ${[dones, ...others].join(", ")}.`;
  }

  return {
    left,
    before: calls.length - left.length,
    add({ number }, { outcome, isUnsure }) {
      seen += 1;
      if (outcome.ok) done += 1;
      else {
        failures.push({ number, failure: outcome.failure });
        if (isUnsure) settled += 1;
        else if (outcome.failure.code === "interrupted") isInterrupted = true;
      }
    },
    isInterrupted: () => isInterrupted,
    end(wasInterrupted) {
      const isOver = done + settled === calls.length;
      const canGoOn = !isOver && journal.hasChanges();
      const goOn = canGoOn ? " To continue, run the same command with --resume." : "";
      return {
        isOver,
        summary: summarize(wasInterrupted) + goOn,
        firstFailure: failures[0]?.failure,
      };
    },
  };
}
