import { carryOutForm, settleForm } from "../carry-out-form.ts";
import { fieldQuestions } from "../field-question.ts";
import { beginForm, inputOf } from "../form.ts";
import { back } from "../questions/back.ts";
import { type FlowEnd, operationOf, showCommand, type WizardRun } from "../wizard-run.ts";

/** Makes a key and shows its secret once. */
export async function makeKeyFlow(run: WizardRun): Promise<FlowEnd> {
  const { screen } = run;
  const operation = operationOf(run, "key.generate");
  // The sign-in determines the account. If it doesn't, the operation asks for the username.
  const form = beginForm(fieldQuestions(operation, run, ["username"]));
  const outcome = await carryOutForm(operation, form, run);
  if (outcome === back || !outcome.ok) return outcome;
  const { name, secret, permissions, expiresAt } = outcome.output as {
    name: string;
    secret: string;
    permissions: readonly string[];
    expiresAt: string | null;
  };
  run.done.push(`The key ${name} was made.`);
  screen.gap();
  screen.heading(`The key ${name} was made.`);
  screen.say(`Permissions: ${permissions.join(", ")}.`);
  screen.say(expiresAt === null ? "It doesn't expire." : `It expires on ${expiresAt.slice(0, 10)}.`);
  screen.say("This is the key itself. Copy it now; it can't be shown again:");
  screen.verbatim(secret);
  showCommand(run, [[operation, inputOf(form)]]);
  return (await settleForm(operation, form, outcome.output, run)) ?? outcome;
}
