import { askYesNo } from "../questions/ask-yes-no.ts";
import { afterStep, type FlowEnd, type WizardRun } from "../wizard-run.ts";
import { signInFlow } from "./sign-in.ts";

/**
 * Continues a registration from the email to the sign-in. The person confirms the address first: the sites of current
 * registries refuse the sign-in before that, and classic registries then allow next to nothing. Returns `undefined` if
 * the person wants to continue later.
 */
export async function goOnRegistering(run: WizardRun): Promise<FlowEnd | undefined> {
  const { screen, host, registration } = run;
  if (registration === undefined) return undefined;
  screen.say(
    "Open the link in the email before you go on. Until the address is confirmed, most registries refuse the sign-in, and the others nearly everything after it.",
  );
  const goesOn = await askYesNo(host.terminal, { message: "Go on now, and sign in?", preset: true });
  if (goesOn !== true) {
    screen.say(
      "Take it up again at any time: open the link in the email, then sign in with `hexuser wizard auth`.",
    );
    return undefined;
  }
  screen.gap();
  const end = await afterStep(run, () => signInFlow(run, { ...registration, isNew: true }));
  if (typeof end !== "symbol" && end.ok) run.registration = undefined;
  return end;
}
