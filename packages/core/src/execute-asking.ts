import { type AnswerName, type Answers, isYesOrNo, triesPerAnswer } from "./answers.ts";
import type { Outcome } from "./execute.ts";
import { type Failure, isTemporary, type Need } from "./failure.ts";
import type { AnyOperation } from "./operation.ts";
import { answerField, askedFields } from "./schema/read-schema.ts";

/** What is known of one call. It grows with what the person answers. */
export interface CallState {
  input: Record<string, unknown>;
  answers: Answers;
}

/** What the person should give, and what they should read first. */
export interface Inquiry {
  readonly needs: readonly Need[];
  /** A sentence for each complaint; nothing where the question says enough. */
  readonly remarks: readonly string[];
  readonly hint?: Failure["hint"];
  /** Something that the person gave was refused. */
  readonly isRefusal: boolean;
}

/** Puts questions to a person. `executeAsking` decides what is asked, and how often. */
export interface Asker {
  /** Whether the person can be asked for this. Without it, they can be asked for everything. */
  canAsk?(need: Need): boolean;
  /** Asks, and adds what the person gives to the call. `false` ends the call with its failure. */
  ask(inquiry: Inquiry): Promise<boolean>;
  /** Offers to sign in. `undefined` if the person declines. */
  signIn?(): Promise<Outcome | undefined>;
  /** Offers to repeat what has failed for now. */
  repeat?(failure: Failure): Promise<boolean>;
}

/**
 * Executes a call, asks for what it lacks or what was refused, and executes it again, until it is done or asking can't
 * help. A refused answer can be given three times. If nobody is signed in, it offers to sign in first.
 *
 * @param executeNow executes the call with what `call` holds by then
 * @param asker without it nobody can be asked, and what is optional is declined
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

/** Whether nobody is signed in on this machine. */
export function isSignInMissing({ details }: Failure): boolean {
  return details?.reason === "not_signed_in" || details?.reason === "session_ended";
}

/** Adds to a call what it needed. */
export function give(call: CallState, need: Need, value: unknown): void {
  if ("input" in need) {
    call.input = { ...call.input, [need.input]: value };
    return;
  }
  call.answers = { ...call.answers, [need.answer]: value };
  if (need.for !== undefined && typeof value === "string")
    call.answers = { ...call.answers, localPasswords: [...(call.answers.localPasswords ?? []), value] };
}

/** A person may correct a field as often as it takes. Everything else would be asked for without end. */
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

/** Several answers of one name are counted each by itself. */
function nameOf(need: Need): string {
  if ("input" in need) return need.input;
  return need.for === undefined ? need.answer : `${need.answer} for ${need.for}`;
}

/** Finds what a failure asks for: what the operation needs, and what the schema or the registry refused. */
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
    hint: wrong ? failure.hint : undefined,
    isRefusal: wrong || complaints.remarks.length > 0,
  };
}

/** Whether the message tells more than the question will: what there is to decide, or which of several is meant. */
function saysMore(need: Need): boolean {
  return "answer" in need && (isYesOrNo(need.answer) || need.for !== undefined);
}

/**
 * Finds the questions whose answers a failure complains about, by the paths of what was refused: `["emails", "email"]`
 * is about the field `email`. A complaint about anything else is told with them.
 */
function findComplaints(
  { code, details }: Failure,
  operation: AnyOperation,
  { input }: CallState,
): Pick<Inquiry, "needs" | "remarks"> {
  const needs: Need[] = [];
  const remarks: string[] = [];
  if (code !== "validation_failed" && code !== "invalid_input") return { needs, remarks };
  // Yes or no is a decision, which no complaint may turn into a question.
  const fields = askedFields(operation).filter(({ kind }) => kind !== "boolean");
  for (const { path, message } of details?.issues ?? []) {
    const answer = operation.answers.find((name) => path[0] === name || isPassword(name, path));
    const field =
      fields.find(({ name }) => path.includes(name)) ??
      (answer === undefined ? fields.find(({ name }) => isAlike(name, path)) : undefined);
    if (field !== undefined) {
      const isMissing = code === "invalid_input" && path.length === 1 && input[field.name] === undefined;
      needs.push({ input: field.name, because: isMissing ? "missing" : "wrong" });
      if (isMissing) continue;
    } else if (answer !== undefined) {
      needs.push({ answer, because: "wrong" });
    }
    const title = field?.title ?? (answer && (operation.words?.[answer]?.title ?? answerField(answer).title));
    remarks.push(title === undefined ? message : `${title} not accepted: ${message}`);
  }
  return needs.length === 0 ? { needs, remarks: [] } : { needs, remarks };
}

/** Registries name things their own way: what we call `keyName` is a `name` there. */
function isAlike(field: string, path: readonly string[]): boolean {
  const last = path.at(-1)?.toLowerCase() ?? "";
  return last !== "" && field.toLowerCase().endsWith(last);
}

/** What registries call the password of a new account. */
function isPassword(answer: AnswerName, path: readonly string[]): boolean {
  return answer === "accountPassword" && path.includes("password");
}
