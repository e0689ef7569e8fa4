import {
  type AnswerName,
  type Answers,
  type AnyOperation,
  type Failure,
  isTemporary,
  isYesOrNo,
  type Need,
  type Outcome,
  triesPerAnswer,
} from "@hexuser/core";
import { answerQuestion } from "./answer-question.ts";
import { executeWatched } from "./execute-watched.ts";
import { fieldQuestion } from "./field-question.ts";
import {
  answerId,
  answersOf,
  askAgain,
  type Form,
  fillForm,
  inputId,
  inputOf,
  type Question,
} from "./form.ts";
import { askYesNo } from "./questions/ask-yes-no.ts";
import { type Back, back } from "./questions/back.ts";
import { complaintsOf } from "./read-failure.ts";
import type { WizardRun } from "./wizard-run.ts";

/**
 * Asks what a form asks, executes the operation with it, and asks for what it lacks or refuses, until it's done.
 * Gives `back` when the person goes back from the first question, and the failure of what can't be mended by asking.
 *
 * @param onDemand questions in a flow's own words, for what is asked only when the operation wants it
 */
export async function carryOutForm(
  operation: AnyOperation,
  form: Form,
  run: WizardRun,
  onDemand: readonly Question[] = [],
): Promise<Outcome | Back> {
  const call: Call = { operation, form, run, onDemand, given: new Map() };
  for (;;) {
    if ((await fillForm(form, run.screen)) === back) return back;
    const outcome = await executeWatched(operation, inputOf(form), run, answersOf(form) as Answers);
    if (outcome.ok) return outcome;
    const isMended =
      askForNeeds(outcome.failure, call) ||
      askForRefused(outcome.failure, call) ||
      (await offerRepetition(outcome.failure, run));
    if (!isMended) return outcome;
  }
}

interface Call {
  readonly operation: AnyOperation;
  readonly form: Form;
  readonly run: WizardRun;
  readonly onDemand: readonly Question[];
  /** How often each question was asked because the operation wanted it. */
  readonly given: Map<string, number>;
}

/** Adds the questions for what is missing, and has those asked again that were answered wrongly. */
function askForNeeds(failure: Failure, call: Call): boolean {
  const needs = failure.needs ?? [];
  const ids = needs.map((need) => ("answer" in need ? answerId(need.answer) : inputId(need.input)));
  if (ids.length === 0 || !ids.every((id) => isWorthAsking(id, call))) return false;
  needs.forEach((need, index) => {
    addQuestion(need, call);
    // What is missing is asked for in the question's own words; what was wrong has to be told.
    const isTold = index === 0 && (need.because === "wrong" || saysMore(need));
    demand(ids[index] ?? "", call, isTold ? failure.message : undefined);
  });
  return true;
}

function saysMore(need: Need): boolean {
  return "answer" in need && isYesOrNo(need.answer);
}

/** Goes back to the question whose answer the registry or the schema refused, and to that one alone. */
function askForRefused(failure: Failure, call: Call): boolean {
  const known = complaintsOf(failure, call.operation).filter(({ id }) => call.form.values.has(id));
  if (known.length === 0 || !known.every(({ id }) => isWorthAsking(id, call))) return false;
  for (const { id, remark } of known) {
    addQuestion(needOf(id), call);
    demand(id, call, remark);
  }
  return true;
}

/** A person may correct a refused field as often as it takes; a wrong secret can be given three times. */
function isWorthAsking(id: string, { given }: Call): boolean {
  return !id.startsWith(answerId("")) || (given.get(id) ?? 0) < triesPerAnswer;
}

function demand(id: string, { form, given }: Call, remark: string | undefined): void {
  given.set(id, (given.get(id) ?? 0) + 1);
  // A secret that was wrong is not offered again.
  if (id.startsWith(answerId(""))) form.values.delete(id);
  askAgain(form, id, remark);
}

function addQuestion(need: Need, { form, operation, run, onDemand }: Call): void {
  const id = "answer" in need ? answerId(need.answer) : inputId(need.input);
  if (form.questions.some((question) => question.id === id)) return;
  form.questions.push(
    onDemand.find((question) => question.id === id) ??
      ("answer" in need
        ? answerQuestion(need.answer, operation, run, need.optional)
        : fieldQuestion(operation, need.input, run, { isWanted: true })),
  );
}

function needOf(id: string): Need {
  const name = id.slice(id.indexOf(".") + 1);
  return id.startsWith(answerId(""))
    ? { answer: name as AnswerName, because: "wrong" }
    : { input: name, because: "wrong" };
}

/** What may pass by itself can be tried again, with all that was answered. */
async function offerRepetition(failure: Failure, { host, screen }: WizardRun): Promise<boolean> {
  if (!isTemporary(failure)) return false;
  screen.failure(failure);
  const answer = await askYesNo(host.terminal, {
    message: "Try again? What you answered is kept.",
    preset: true,
  });
  return answer === true;
}
