import { carryOutForm } from "../carry-out-form.ts";
import { executeWatched } from "../execute-watched.ts";
import { fieldQuestion, fieldQuestions } from "../field-question.ts";
import { beginForm, inputOf } from "../form.ts";
import { askChoice } from "../questions/ask-choice.ts";
import { askYesNo } from "../questions/ask-yes-no.ts";
import { back } from "../questions/back.ts";
import {
  afterStep,
  type FlowEnd,
  operationOf,
  registryOf,
  showCommand,
  type WizardRun,
} from "../wizard-run.ts";
import { signInFlow } from "./sign-in.ts";

/** Finds out which password the person means, and resets or changes it. */
export async function resetPasswordFlow(run: WizardRun): Promise<FlowEnd> {
  const { screen, host } = run;
  screen.heading("Reset a password");
  screen.say(
    `There are two. The account password is the one that you chose at the registry, ${registryOf(run)}. The local password is one that you chose on this machine: it encrypts the key that is kept here, and the registry doesn't know it.`,
  );
  for (;;) {
    const which = await askChoice(host.terminal, {
      message: "Which one is it?",
      canGoBack: run.canGoBack,
      choices: [
        {
          value: "account" as const,
          name: "The account password",
          means: "The registry sends an email, or shows a page, where you choose a new one.",
        },
        {
          value: "local" as const,
          name: "The local password, which I know",
          means: "You choose a new one for what is kept on this machine; nothing changes at the registry.",
        },
        {
          value: "forgotten" as const,
          name: "The local password, which I forgot",
          means:
            "It can't be found out. You sign in again, with a new one; nothing at the registry is lost, and keys that can't be opened any more are told to you.",
        },
      ],
    });
    if (which === back) return back;
    const flow = { account: resetAccount, local: changeLocal, forgotten: signInAnew }[which];
    const end = await afterStep(run, flow);
    if (end !== back) return end;
  }
}

async function resetAccount(run: WizardRun): Promise<FlowEnd> {
  const { screen, host } = run;
  const operation = operationOf(run, "reset_password.account");
  const whoami = await executeWatched(operationOf(run, "whoami"), {}, run);
  const preset = whoami.ok ? { preset: String(whoami.output.username) } : {};
  const form = beginForm([
    fieldQuestion(operation, "account", run, preset),
    ...fieldQuestions(operation, run, ["account"]),
  ]);
  const outcome = await carryOutForm(operation, form, run);
  if (outcome === back || !outcome.ok) return outcome;
  const command = () => showCommand(run, [[operation, inputOf(form)]]);
  if (outcome.output.page === null) {
    run.done.push("The registry was asked to send an email with which the account password is reset.");
    screen.say(
      "What is kept on this machine goes on working, unless you have the keys revoked when you choose the new password.",
    );
    command();
    return outcome;
  }
  screen.say(
    "Choose your new password there. That ends every session of the account, the one of this machine too.",
  );
  const isDone = await askYesNo(host.terminal, {
    message: "Is it done? Then sign in again now. (No: later.)",
    preset: true,
  });
  command();
  if (isDone !== true) {
    screen.say("Sign in again later, with `hexuser wizard auth`.");
    return outcome;
  }
  const end = await signInAnew(run);
  return end === back ? outcome : end;
}

function signInAnew(run: WizardRun): Promise<FlowEnd> {
  run.screen.gap();
  return signInFlow(run);
}

async function changeLocal(run: WizardRun): Promise<FlowEnd> {
  const operation = operationOf(run, "reset_password.local");
  const form = beginForm(fieldQuestions(operation, run));
  const outcome = await carryOutForm(operation, form, run);
  if (outcome === back || !outcome.ok) return outcome;
  if (outcome.output.changed === true) run.screen.say("The local password was changed.");
  showCommand(run, [[operation, inputOf(form)]]);
  return outcome;
}
