import { fail, hint, sitePage } from "@hexuser/core";
import { carryOutForm } from "../carry-out-form.ts";
import { fieldQuestions } from "../field-question.ts";
import { answersOf, beginForm, inputId, inputOf, type Question } from "../form.ts";
import { askYesNo } from "../questions/ask-yes-no.ts";
import { type Back, back } from "../questions/back.ts";
import {
  contextOf,
  type FlowEnd,
  operationOf,
  registryOf,
  showCommand,
  type WizardRun,
} from "../wizard-run.ts";
import { goOnRegistering } from "./go-on-registering.ts";

const policies = ["/policies/termsofservice", "/policies/codeofconduct", "/policies/privacy"];

/**
 * Shows the terms, makes an account, and explains the next steps at this registry: confirming the address, and signing
 * in.
 */
export async function registerFlow(run: WizardRun): Promise<FlowEnd> {
  const { screen } = run;
  const register = operationOf(run, "register");
  screen.heading(`Create an account at ${registryOf(run)}`);
  const form = beginForm([termsQuestion(run), ...fieldQuestions(register, run, ["acceptTerms"])]);
  const outcome = await carryOutForm(register, form, run);
  if (outcome === back || !outcome.ok) return outcome;
  const { username, next } = outcome.output as { username: string; next: readonly string[] };
  run.done.push(`The account ${username} was created at ${registryOf(run)}.`);
  screen.gap();
  screen.heading(`The account ${username} was created.`);
  screen.say("What is left to do:", ...next.map((step, index) => `${index + 1}. ${step}`));
  showCommand(run, [[register, inputOf(form)]]);
  screen.gap();
  run.registration = { username, accountPassword: answersOf(form).accountPassword };
  return (await goOnRegistering(run)) ?? outcome;
}

/** If the person doesn't accept the terms, the flow asks nothing else. */
function termsQuestion(run: WizardRun): Question {
  const { screen, host } = run;
  return {
    id: inputId("acceptTerms"),
    async ask(kept): Promise<true | Back> {
      screen.say("Please read the registry's terms first. An account means that you accept them.");
      screen.verbatim(...policies.map((path) => sitePage(contextOf(run).registry, path)));
      const message = "Do you accept them?";
      const accepts = await askYesNo(host.terminal, { message, preset: kept === true });
      if (accepts !== false) return accepts;
      throw fail("confirmation_required", "You did not accept the terms, so no account was made.", {
        hint: hint`run \`hexuser wizard register\` again should you change your mind.`,
      });
    },
  };
}
