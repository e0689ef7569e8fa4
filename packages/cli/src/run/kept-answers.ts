import type { AnswerName, Answers, CallState, Clock, Failure } from "@hexuser/core";
import type { PlannedCall } from "./check-calls.ts";

/** The answers of a run: the given ones, and those that the person typed for one call and that are valid for others. */
export interface KeptAnswers {
  for(call: PlannedCall): Answers;
  /** Keeps the typed answers of a call, and forgets the wrong ones. */
  learn(state: CallState, failure: Failure | undefined): void;
}

/**
 * Milliseconds for which a typed two-factor code is used. (RFC 6238, 5.2: a code is valid for its 30 seconds, and a
 * server may accept the previous one.) Registries count wrong codes and accept no code after the fifth.
 */
const codeLife = 30_000;

/** Answers that other calls can use. A key and a new password are for one call. */
const lasting: readonly AnswerName[] = ["otp", "accountPassword", "localPassword", "adoptCredentials"];

/** Begins with the answers that the run was given. */
export function createKeptAnswers(given: Answers, clock: Pick<Clock, "now">): KeptAnswers {
  const kept = new Map<string, { value: unknown; until: number }>(
    Object.entries(given).map(([name, value]) => [name, { value, until: Number.POSITIVE_INFINITY }]),
  );
  return {
    for(call) {
      const answers: Record<string, unknown> = {};
      for (const name of call.operation.answers) {
        const found = kept.get(placeOf(name, call.input)) ?? kept.get(name);
        if (found !== undefined && clock.now() < found.until) answers[name] = found.value;
      }
      return answers;
    },
    learn({ answers, input }, failure) {
      for (const name of lasting) {
        const place = placeOf(name, input);
        const value = answers[name];
        if (value == null || value === (kept.get(place) ?? kept.get(name))?.value) continue;
        const until = name === "otp" ? clock.now() + codeLife : Number.POSITIVE_INFINITY;
        kept.set(place, { value, until });
      }
      if (failure === undefined && answers.newLocalPassword != null) {
        kept.set("localPassword", { value: answers.newLocalPassword, until: Number.POSITIVE_INFINITY });
      }
      for (const need of failure?.needs ?? []) {
        if (!("answer" in need) || need.because !== "wrong") continue;
        kept.delete(placeOf(need.answer, input));
        kept.delete(need.answer);
      }
    },
  };
}

/** An account password belongs to the account in the call's input. */
function placeOf(name: AnswerName, input: PlannedCall["input"]): string {
  return name === "accountPassword" ? `${name} of ${String(input.username)}` : name;
}
