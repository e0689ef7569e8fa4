import { type Answers, isYesOrNo, triesPerAnswer } from "./answers.ts";
import type { Outcome } from "./execute.ts";
import { type Failure, isTemporary, type Need } from "./failure.ts";
import type { Hint } from "./hint.ts";
import type { AnyOperation } from "./operation.ts";
import { findPart, tellIssues } from "./schema/tell-issue.ts";

/** The input and the answers of one call. They grow with what the person answers. */
export interface CallState {
  input: Record<string, unknown>;
  answers: Answers;
}

/** What to ask the person for, and what to tell them first. */
export interface Inquiry {
  readonly needs: readonly Need[];
  /** A sentence for each complaint. Empty if the question says enough. */
  readonly remarks: readonly string[];
  readonly hint?: Failure["hint"];
  /** The call or the registry refused something that the person gave. */
  readonly isRefusal: boolean;
}

/** Asks a person. `executeAsking` decides what to ask for, and how often. */
export interface Asker {
  /** Tells whether the person can be asked for this. Without this function, they can be asked for everything. */
  canAsk?(need: Need): boolean;
  /** Asks, and adds the person's values to the call. `false` ends the call with its failure. */
  ask(inquiry: Inquiry): Promise<boolean>;
  /** Offers to sign in. Returns `undefined` if the person declines. */
  signIn?(): Promise<Outcome | undefined>;
  /** Offers to repeat a call that failed temporarily. */
  repeat?(failure: Failure): Promise<boolean>;
}

/**
 * Executes a call. If the call lacks something or something was refused, it asks the person and executes the call
 * again, until the call succeeds or asking can't help. A refused answer can be given three times. If nobody is signed
 * in, it offers to sign in first.
 *
 * @param executeNow executes the call with the current content of `call`
 * @param asker asks the person. Without it, the call declines every optional answer.
 */
export async function executeAsking(
  operation: AnyOperation,
  call: CallState,
  executeNow: () => Promise<Outcome>,
  asker?: Asker,
): Promise<Outcome> {
  const tries = new Map<string, number>();
  for (const [name, value] of Object.entries(call.answers)) if (value != null) tries.set(name, 1);
  let hasOffered = false;
  for (;;) {
    const outcome = await executeNow();
    if (outcome.ok) return outcome;
    const { failure } = outcome;
    if (isSignInMissing(failure) && asker?.signIn !== undefined && !hasOffered) {
      hasOffered = true;
      const signedIn = await asker.signIn();
      if (signedIn?.ok !== true) return signedIn ?? outcome;
      continue;
    }
    // A call that did a part of its work continues there, so an answer that was valid until then may be asked for
    // again.
    if ((failure.details?.revoked?.length ?? 0) > 0) tries.clear();
    const inquiry = inquire(failure, operation, call);
    const { needs } = inquiry;
    if (needs.length > 0 && needs.every((need) => mayAsk(need, asker, tries))) {
      for (const need of needs) tries.set(nameOf(need), (tries.get(nameOf(need)) ?? 0) + 1);
      if (!(await asker?.ask(inquiry))) return outcome;
    } else if (needs.length > 0 && needs.every((need) => mayDecline(need, call))) {
      for (const need of needs) give(call, need, null);
    } else if (!isTemporary(failure) || (await asker?.repeat?.(failure)) !== true) {
      return outcome;
    }
  }
}

/** Tells whether nobody is signed in on this machine. */
export function isSignInMissing({ details }: Failure): boolean {
  return details?.reason === "not_signed_in" || details?.reason === "session_ended";
}

/** Adds the value of a need to a call. */
export function give(call: CallState, need: Need, value: unknown): void {
  if ("input" in need) {
    call.input = { ...call.input, [need.input]: value };
    return;
  }
  call.answers = { ...call.answers, [need.answer]: value };
  if (need.for !== undefined && typeof value === "string")
    call.answers = { ...call.answers, localPasswords: [...(call.answers.localPasswords ?? []), value] };
}

/** A person may correct a field any number of times. Everything else has a limit, so that the questions end. */
function mayAsk(need: Need, asker: Asker | undefined, tries: ReadonlyMap<string, number>): boolean {
  if (asker === undefined || asker.canAsk?.(need) === false) return false;
  const isField = "input" in need;
  return (isField && need.because === "wrong") || (tries.get(nameOf(need)) ?? 0) < triesPerAnswer;
}

function mayDecline(need: Need, { answers }: CallState): boolean {
  return (
    "answer" in need &&
    need.optional === true &&
    need.because === "missing" &&
    answers[need.answer] === undefined
  );
}

/** Counts answers of the same name separately if they are for different things. */
function nameOf(need: Need): string {
  if ("input" in need) return need.input;
  return need.for === undefined ? need.answer : `${need.answer} for ${need.for}`;
}

/** Finds out what to ask for: the operation's needs, and everything that the schema or the registry refused. */
function inquire(failure: Failure, operation: AnyOperation, call: CallState): Inquiry {
  const own = (failure.needs ?? []).filter(
    (need) => !("answer" in need) || operation.answers.includes(need.answer),
  );
  if (own.length < (failure.needs ?? []).length) return { needs: [], remarks: [], isRefusal: false };
  const wrong = own.some(({ because }) => because === "wrong");
  const complaints = findComplaints(failure, operation, call);
  const needs = [...own, ...complaints.needs].filter(
    (need, index, all) => all.findIndex((other) => nameOf(other) === nameOf(need)) === index,
  );
  return {
    needs,
    remarks: [...(wrong || own.some(saysMore) ? [failure.message] : []), ...complaints.remarks],
    hint: wrong && !needs.some((need) => isMentioned(need, failure.hint)) ? failure.hint : undefined,
    isRefusal: wrong || complaints.remarks.length > 0,
  };
}

/** Tells whether a hint says how to give the answer. The question says that itself. */
function isMentioned(need: Need, hint: Hint = []): boolean {
  return hint.some(
    (part) =>
      typeof part !== "string" &&
      (("answer" in part && "answer" in need && part.answer === need.answer) ||
        ("field" in part && "input" in need && part.field === need.input)),
  );
}

/**
 * Tells whether the message says more than the question: it explains a decision, or which of several passwords is
 * meant.
 */
function saysMore(need: Need): boolean {
  return "answer" in need && (isYesOrNo(need.answer) || need.for !== undefined);
}

/**
 * Finds the questions that a failure complains about, by the path of each issue: `["emails", "email"]` is about the
 * field `email`. The remarks also repeat the complaints about anything else.
 */
function findComplaints(
  { code, details }: Failure,
  operation: AnyOperation,
  { input }: CallState,
): Pick<Inquiry, "needs" | "remarks"> {
  const needs: Need[] = [];
  const remarks: string[] = [];
  if (code !== "validation_failed" && code !== "invalid_input") return { needs, remarks };
  for (const issue of details?.issues ?? []) {
    const { field, answer } = findPart(issue, operation);
    // A yes or no is the person's decision, so no complaint turns it into a question.
    if (field !== undefined && field.kind !== "boolean") {
      const isMissing =
        code === "invalid_input" && issue.path.length === 1 && input[field.name] === undefined;
      needs.push({ input: field.name, because: isMissing ? "missing" : "wrong" });
      if (isMissing) continue;
    } else if (answer !== undefined) {
      needs.push({ answer, because: "wrong" });
    }
    remarks.push(tellIssues([issue], operation));
  }
  return needs.length === 0 ? { needs, remarks: [] } : { needs, remarks };
}
