import {
  type Answers,
  type AnyOperation,
  type Asker,
  type CallState,
  execute,
  executeAsking,
  type Need,
  type Outcome,
  settle,
} from "@hexuser/core";
import { answerQuestion } from "./answer-question.ts";
import { executeWatched } from "./execute-watched.ts";
import { fieldQuestion } from "./field-question.ts";
import { answerId, answersOf, type Form, fillForm, inputId, inputOf, type Question } from "./form.ts";
import { askYesNo } from "./questions/ask-yes-no.ts";
import { type Back, back } from "./questions/back.ts";
import { afterStep, type WizardRun } from "./wizard-run.ts";

/**
 * Asks the questions of a form, executes the operation, and asks for what it lacks or refuses, until it succeeds.
 * Returns `back` if the person goes back from the first question, and the failure if asking can't help.
 *
 * @param onDemand questions in a flow's own words, which are asked only if the operation wants them
 * @param executeNow replaces core's function
 */
export async function carryOutForm(
  operation: AnyOperation,
  form: Form,
  run: WizardRun,
  onDemand: (need: Need) => readonly Question[] = () => [],
  executeNow = execute,
): Promise<Outcome | Back> {
  const { host, screen } = run;
  const call: CallState = { input: {}, answers: {} };
  let hasLeft = false;
  const fill = async () => {
    hasLeft = (await fillForm(form, run.canGoBack)) === back;
    call.input = inputOf(form);
    call.answers = answersOf(form) as Answers;
    return !hasLeft;
  };
  const confirm = async (message: string) => {
    const answer = await askYesNo(host.terminal, { message, preset: true });
    hasLeft = answer === back;
    return answer === true;
  };
  const asker: Asker = {
    canAsk: (need) => need.because === "missing" || "answer" in need || form.values.has(idOf(need)),
    async ask({ needs, remarks, hint, isRefusal }) {
      for (const remark of remarks) (isRefusal ? screen.refusal : screen.tell)(remark);
      if (hint !== undefined) screen.advise(hint);
      for (const need of needs) demand(need, operation, { form, run, onDemand });
      return fill();
    },
    async signIn() {
      if (!(await confirm("Nobody is signed in on this machine. Sign in first?"))) return undefined;
      screen.gap();
      const end = await afterStep(run, run.signIn);
      hasLeft = end === back;
      if (end === back) return undefined;
      screen.gap();
      // The new sign-in may have another local password.
      form.values.delete(answerId("localPassword"));
      call.answers = answersOf(form) as Answers;
      return end;
    },
    async repeat(failure) {
      screen.failure(failure);
      return confirm("Try again? What you answered is kept.");
    },
  };
  if (!(await fill())) return back;
  const executeCall = () => executeWatched(operation, call.input, run, call.answers, executeNow);
  const outcome = await executeAsking(operation, call, executeCall, asker);
  return hasLeft ? back : outcome;
}

/**
 * Carries out the second half of an operation after the person has seen its output, and asks for what it lacks. Returns the
 * failure, if there is one.
 */
export async function settleForm(
  operation: AnyOperation,
  form: Form,
  output: Record<string, unknown>,
  run: WizardRun,
): Promise<Extract<Outcome, { ok: false }> | undefined> {
  if (operation.settle === undefined) return undefined;
  const end = await carryOutForm(operation, form, run, undefined, (_operation, _input, ctx, answers = {}) =>
    settle(operation, output, ctx, answers, true),
  );
  return end === back || end.ok ? undefined : end;
}

interface Asked {
  readonly form: Form;
  readonly run: WizardRun;
  readonly onDemand: (need: Need) => readonly Question[];
}

/** Adds the question that the operation wants, or asks it again. */
function demand(need: Need, operation: AnyOperation, { form, run, onDemand }: Asked): void {
  const id = idOf(need);
  const own = onDemand(need);
  const standard = () =>
    "answer" in need
      ? answerQuestion(need.answer, operation, run, need.optional)
      : fieldQuestion(operation, need.input, run, { isWanted: true });
  for (const question of own.some((each) => each.id === id) ? own : [standard(), ...own]) {
    if (form.questions.some((other) => other.id === question.id)) continue;
    form.questions.push({ ...question, isDemanded: true });
  }
  // Don't offer a wrong secret again.
  if ("answer" in need) form.values.delete(id);
  form.again.add(id);
}

function idOf(need: Need): string {
  return "answer" in need ? answerId(need.answer) : inputId(need.input);
}
