import {
  type AnswerName,
  type Answers,
  type AnyOperation,
  answersSchema,
  type Failure,
  isYesOrNo,
  type Need,
  triesPerAnswer,
} from "@hexuser/core";
import type { Terminal } from "@hexuser/wizard";
import type { Reporter } from "../output/reporter.ts";

/** What is known of one call so far: it grows with what the person answers. */
export interface CallState {
  input: Record<string, unknown>;
  answers: Answers;
  /** How often each answer or field was given. */
  readonly given: Map<string, number>;
}

/** What asking takes. */
export interface AskContext {
  /** Where questions are put; none: nobody is there who can be asked. */
  readonly terminal: Terminal | undefined;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** Begins a call with what the flags, the environment and standard input gave. */
export function beginCall(input: Record<string, unknown>, answers: Answers): CallState {
  const given = new Map(
    Object.keys(answers).map((name) => [name, answers[name as AnswerName] == null ? 0 : 1]),
  );
  return { input, answers, given };
}

/**
 * Gets what a failed call lacks, from the person where somebody can be asked. Gives back whether the call is worth
 * repeating: not when something can't be got, and not after the third wrong answer.
 */
export async function answerNeeds(
  failure: Failure,
  operation: AnyOperation,
  call: CallState,
  ask: AskContext,
): Promise<boolean> {
  const needs = failure.needs ?? [];
  if (needs.length === 0 || !needs.every((need) => canBeGiven(need, call, ask))) return false;
  const { terminal } = ask;
  if (terminal === undefined) {
    for (const need of needs) if ("answer" in need) call.answers = { ...call.answers, [need.answer]: null };
    return true;
  }
  ask.reporter.clearProgress();
  if (needs.some(saysMore)) ask.reporter.instruction(failure.message);
  const { askAnswer, askInput } = await import("@hexuser/wizard");
  for (const need of needs) {
    const name = nameOf(need);
    call.given.set(name, (call.given.get(name) ?? 0) + 1);
    if ("answer" in need) {
      // Of all that is asked for, only this is new to whoever signs in for the first time.
      if (need.answer === "newLocalPassword")
        ask.reporter.notice(answersSchema().shape.newLocalPassword.unwrap().description ?? "");
      const answer = await askAnswer({ answer: need.answer, operation, optional: need.optional }, terminal);
      call.answers = { ...call.answers, [need.answer]: answer };
      if (need.for !== undefined && typeof answer === "string") {
        call.answers = { ...call.answers, localPasswords: [...(call.answers.localPasswords ?? []), answer] };
      }
    } else {
      call.input = { ...call.input, [need.input]: await askInput(operation, need.input, terminal) };
    }
  }
  return true;
}

/** What is counted: of several answers of a name, each by itself. */
function nameOf(need: Need): string {
  if (!("answer" in need)) return need.input;
  return need.for === undefined ? need.answer : `${need.answer} for ${need.for}`;
}

/** Whether the message tells more than the question will: that an answer was wrong, or what there is to decide. */
function saysMore(need: Need): boolean {
  const isParticular = "answer" in need && (isYesOrNo(need.answer) || need.for !== undefined);
  return need.because === "wrong" || isParticular;
}

/** An answer that is called missing although it was declined would be asked for without end. */
function canBeGiven(need: Need, call: CallState, { terminal }: AskContext): boolean {
  const name = nameOf(need);
  const isOptional = "answer" in need && need.optional === true;
  if (terminal !== undefined) return (call.given.get(name) ?? 0) < triesPerAnswer;
  return isOptional && need.because === "missing" && call.answers[need.answer] === undefined;
}
