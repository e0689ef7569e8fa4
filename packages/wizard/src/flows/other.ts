import { type AnyOperation, type Outcome, secretFields } from "@hexuser/core";
import { carryOutForm, settleForm } from "../carry-out-form.ts";
import { fieldQuestions } from "../field-question.ts";
import { beginForm, fillForm, inputId, inputOf } from "../form.ts";
import { askChoice } from "../questions/ask-choice.ts";
import { askYesNo } from "../questions/ask-yes-no.ts";
import { type Back, back } from "../questions/back.ts";
import { afterStep, type FlowEnd, showCommand, type WizardRun } from "../wizard-run.ts";

/**
 * Offers every operation and runs the chosen one, with the questions of its schemas. A registration and a sign-in have
 * their own flows, because they show terms and a page.
 */
export async function otherFlow(run: WizardRun): Promise<FlowEnd> {
  const { host } = run;
  for (;;) {
    const chosen = await askChoice<AnyOperation>(host.terminal, {
      message: "What do you want to do?",
      choices: host.operations
        .filter(({ terms, page }) => terms === undefined && page !== "approved")
        .map((operation) => ({ value: operation, name: operation.summary })),
      canGoBack: run.canGoBack,
    });
    if (chosen === back) return back;
    const end = await afterStep(run, () => carryOutAny(chosen, run));
    if (end !== back) return end;
  }
}

/** Carries out any operation, with the questions of its schema. */
export async function carryOutAny(operation: AnyOperation, run: WizardRun): Promise<Outcome | Back> {
  const { host, screen } = run;
  screen.say(operation.description);
  const form = beginForm(fieldQuestions(operation, run));
  if ((await fillForm(form, run.canGoBack)) === back) return back;
  const refused = await confirmDestruction(operation, inputOf(form), run);
  if (refused !== undefined) return refused;
  const outcome = await carryOutForm(operation, form, run);
  if (outcome === back || !outcome.ok) return outcome;
  const { notices } = host.renderOutput(operation, outcome.output);
  if (operation.effect !== "read") run.done.push(notices[0] ?? `${operation.summary}.`);
  screen.gap();
  if (secretFields(operation).some((name) => outcome.output[name] !== undefined))
    screen.say("This is the key itself. Copy it now; it can't be shown again:");
  screen.output(operation, outcome.output);
  const unsettled = await settleForm(operation, form, outcome.output, run);
  showCommand(run, [[operation, inputOf(form)]]);
  return unsettled ?? outcome;
}

/**
 * Asks whether to destroy something, and describes it if the operation can. Returns the end of the flow if the person
 * declines.
 */
async function confirmDestruction(
  operation: AnyOperation,
  rawInput: Record<string, unknown>,
  run: WizardRun,
): Promise<Outcome | Back | undefined> {
  if (operation.effect !== "destroy") return undefined;
  const input = operation.input.safeParse(rawInput);
  const confirmation = input.success ? operation.confirm?.(input.data) : undefined;
  if (confirmation !== undefined) {
    const known = Object.entries(confirmation.input ?? {}).map(([name, value]) => [inputId(name), value]);
    const seen = await carryOutForm(confirmation.look, beginForm([], Object.fromEntries(known)), run);
    if (seen === back || !seen.ok) return seen;
    const what = confirmation.tell(seen.output);
    // The operation then says itself that there is nothing to do.
    if (what === undefined) return undefined;
    run.screen.say(what);
  }
  const message = "You can't undo this. Go on?";
  if ((await askYesNo(run.host.terminal, { message, preset: false })) === true) return undefined;
  run.screen.say("Nothing was changed.");
  return back;
}
