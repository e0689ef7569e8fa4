import { carryOutForm } from "../carry-out-form.ts";
import { beginForm } from "../form.ts";
import { back } from "../questions/back.ts";
import { type FlowEnd, operationOf, showCommand, type WizardRun } from "../wizard-run.ts";

/** Ends the sign-in of this machine, at the registry and here. */
export async function signOutFlow(run: WizardRun): Promise<FlowEnd> {
  const operation = operationOf(run, "deauth");
  const outcome = await carryOutForm(operation, beginForm([]), run);
  if (outcome === back || !outcome.ok) return outcome;
  run.screen.output(operation, outcome.output);
  if (outcome.output.forgotten === true) run.done.push("You signed out on this machine.");
  showCommand(run, [[operation, {}]]);
  return outcome;
}
