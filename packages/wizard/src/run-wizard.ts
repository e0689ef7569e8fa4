import { type Failure, FailureError } from "@hexuser/core";
import { confirmEmailFlow } from "./flows/confirm-email.ts";
import { goOnRegistering } from "./flows/go-on-registering.ts";
import { keysFlow } from "./flows/keys.ts";
import { showMenu } from "./flows/menu.ts";
import { otherFlow } from "./flows/other.ts";
import { registerFlow } from "./flows/register.ts";
import { resetPasswordFlow } from "./flows/reset-password.ts";
import { signInFlow } from "./flows/sign-in.ts";
import { signOutFlow } from "./flows/sign-out.ts";
import type { WizardHost } from "./host.ts";
import { back } from "./questions/back.ts";
import { createScreen } from "./screen.ts";
import type { FlowEnd, FlowName, WizardRun } from "./wizard-run.ts";

const flows: Readonly<Record<FlowName, (run: WizardRun) => Promise<FlowEnd>>> = {
  register: registerFlow,
  auth: (run) => signInFlow(run),
  reset_password: resetPasswordFlow,
  keys: keysFlow,
  other: otherFlow,
};

/**
 * Runs the wizard: one flow, or the menu until the person leaves. Returns the failure with which it ended, which it has
 * reported already. After an interruption, it lists the changes that remain.
 *
 * @example const failure = await runWizard("register", host);
 */
export async function runWizard(
  flow: FlowName | undefined,
  host: WizardHost,
): Promise<Pick<Failure, "code"> | undefined> {
  const run: WizardRun = {
    host,
    screen: createScreen(host),
    backend: host.backend,
    canGoBack: flow === undefined,
    done: [],
    signIn: (current) => signInFlow(current),
  };
  run.screen.say(
    host.terminal.isPlain
      ? "Type < to go one step back. Ctrl-C leaves."
      : "Type < and Enter to go one step back; Esc or Ctrl-C leaves.",
  );
  run.screen.gap();
  try {
    return flow === undefined ? await runMenu(run) : endOf(await flows[flow](run), run);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    if (error.failure.code === "interrupted") tellWhatStays(run, error.failure);
    else run.screen.failure(error.failure);
    return error.failure;
  }
}

async function runMenu(run: WizardRun): Promise<undefined> {
  for (;;) {
    const chosen = await showMenu(run);
    if (chosen === "leave") return undefined;
    run.screen.gap();
    if (chosen === "again") continue;
    try {
      const end = await (chosen === "confirm"
        ? confirmEmailFlow(run)
        : chosen === "go on"
          ? goOnRegistering(run)
          : chosen === "sign out"
            ? signOutFlow(run)
            : flows[chosen](run));
      if (chosen !== "confirm" && end !== undefined) endOf(end, run);
    } catch (error) {
      if (!(error instanceof FailureError) || error.failure.code === "interrupted") throw error;
      run.screen.failure(error.failure);
    }
    run.screen.gap();
  }
}

function endOf(end: FlowEnd, { screen }: WizardRun): Failure | undefined {
  if (end === back) {
    screen.say("Left; nothing was changed.");
    return undefined;
  }
  if (end.ok) return undefined;
  screen.failure(end.failure);
  return end.failure;
}

function tellWhatStays({ screen, done }: WizardRun, interrupted: Failure): void {
  const isUnsure = interrupted.details?.mayHaveHappened === true;
  screen.gap();
  screen.say("You left the wizard.");
  if (done.length > 0) screen.say("This was done, and stays:", ...done.map((what) => `- ${what}`));
  if (isUnsure) screen.failure(interrupted);
  else if (done.length === 0) screen.say("Nothing was changed.");
}
