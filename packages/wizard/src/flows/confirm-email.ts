import { execute, type Failure, type Outcome } from "@hexuser/core";
import { executeWatched } from "../execute-watched.ts";
import { readPlainLine } from "../questions/plain-line.ts";
import { runQuestion } from "../questions/run-question.ts";
import { contextOf, operationOf, type WizardRun } from "../wizard-run.ts";

/** Tells whether the account's address is not confirmed yet. */
export function isEmailUnconfirmed({ details }: Failure): boolean {
  return details?.reason === "email_unconfirmed";
}

/** Milliseconds between two checks of the address. */
const pause = 2000;

/**
 * If the account's address isn't confirmed yet, waits for that. It checks regularly, and whenever the person presses
 * Enter. Returns `undefined` if there is nothing to wait for or the person wants to continue later.
 */
export async function confirmEmailFlow(run: WizardRun): Promise<Outcome | undefined> {
  const { screen } = run;
  const whoami = operationOf(run, "whoami");
  const first = await executeWatched(whoami, {}, run);
  if (first.ok || !isEmailUnconfirmed(first.failure)) return undefined;
  screen.gap();
  screen.heading("Confirm your email address");
  screen.say(
    "The registry has sent you an email. Open the link in it, within 24 hours; until then the registry lets the account do next to nothing.",
    "This waits, and sees by itself when it's done.",
  );
  for (;;) {
    const typed = await waitForPerson(run);
    const outcome = await executeWatched(whoami, {}, run);
    if (outcome.ok) {
      screen.say(
        `The address is confirmed. You are ${String(outcome.output.username)} at this registry now.`,
      );
      return outcome;
    }
    if (!isEmailUnconfirmed(outcome.failure)) {
      screen.failure(outcome.failure);
      return undefined;
    }
    if (typed === "later") {
      screen.say("Take it up again at any time with `hexuser wizard`: it sees that this is left to do.");
      return undefined;
    }
    screen.say("Not confirmed yet.");
  }
}

/** Waits until the person has typed something or the address is confirmed. */
async function waitForPerson(run: WizardRun): Promise<string | undefined> {
  const { terminal } = run.host;
  const over = new AbortController();
  const watching = watchAddress(run, over);
  const message = "Press Enter to check now, or type later to continue";
  try {
    if (terminal.isPlain) {
      return (await readPlainLine(terminal, `${message}:`, { ended: over.signal }))?.trim().toLowerCase();
    }
    const { default: input } = await import("@inquirer/input");
    const typed = await runQuestion(
      terminal,
      (context) => input({ message: `${message}:` }, context),
      over.signal,
    );
    // The person can't go back, because the sign-in is done.
    return typeof typed === "string" ? typed.trim().toLowerCase() : typed === undefined ? undefined : "later";
  } finally {
    over.abort();
    await watching;
  }
}

/** Checks the address while the question is open. It ignores failures, because it checks again. */
async function watchAddress(run: WizardRun, over: AbortController): Promise<void> {
  const ctx = contextOf(run);
  const signal = AbortSignal.any([ctx.signal, over.signal]);
  while (!signal.aborted) {
    await ctx.clock.sleep(pause, signal).catch(() => {});
    if (signal.aborted) return;
    const outcome = await execute(operationOf(run, "whoami"), {}, { ...ctx, signal, emit: () => {} });
    if (outcome.ok) over.abort();
  }
}
