import { type AnyOperation, type Failure, fail, type Hint, hint } from "@hexuser/core";
import { answerVariables } from "../ask/given-answers.ts";
import type { PlannedCall } from "./check-calls.ts";

const variables: Readonly<Record<string, string>> = answerVariables;

/** Changes a failure for `hexuser run`, where missing values are given in another way than to a command. */
export function withoutSwitches(failure: Failure, wasAsked: boolean): Failure {
  const missing = (failure.needs ?? []).filter(({ because }) => because === "missing");
  const names = missing.flatMap((need) => ("answer" in need ? [need.answer] : []));
  if (wasAsked || names.length === 0) return failure;
  const known = names.flatMap((name) => variables[name] ?? []);
  const inEnvironment = known.length === 0 ? "" : `, or in the environment (${known.join(", ")})`;
  return { ...failure, hint: hint`give ${names.join(", ")} with --secrets-from${inEnvironment}.` };
}

/** The failure of a call that an earlier run began and whose end is unknown. */
export function unknownEnd({ operation }: PlannedCall): Failure {
  return fail(
    "interrupted",
    "An earlier run ended during this call. The call may have happened, so hexuser doesn't repeat it.",
    { hint: whatToLookAt(operation), details: { mayHaveHappened: true } },
  ).failure;
}

/** What to do about a call that may have happened. */
export function whatToLookAt({ evidence = "look at your account" }: AnyOperation): Hint {
  return typeof evidence === "string" ? hint`${evidence}.` : hint`see ${{ call: evidence.id }}.`;
}

/** Refuses calls that need a confirmation if nobody can be asked, before anything is executed. */
export function refuseUnconfirmed(calls: readonly PlannedCall[]): void {
  const call = calls.find(({ operation, input }) => operation.confirm?.(input));
  if (call === undefined) return;
  throw fail(
    "confirmation_required",
    `Call ${call.number} (${call.operation.id}) can't be undone, and nobody can be asked for a confirmation. Nothing was executed.`,
    { hint: hint`give --yes if you are sure.` },
  );
}
