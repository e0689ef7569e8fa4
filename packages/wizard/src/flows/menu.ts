import { isSignInMissing } from "@hexuser/core";
import { executeWatched } from "../execute-watched.ts";
import { askChoice, type Choice } from "../questions/ask-choice.ts";
import { type FlowName, operationOf, registryOf, type WizardRun } from "../wizard-run.ts";
import { isEmailUnconfirmed } from "./confirm-email.ts";

/** The person's choice: a flow, continuing with a registration, or leaving. */
export type MenuChoice = FlowName | "go on" | "confirm" | "again" | "sign out" | "leave";

/** The state of the sign-in, which decides what to offer. */
type State = "out" | "in" | "unconfirmed" | "unknown";

/** Shows who is signed in, where and since when, and offers what makes sense next. */
export async function showMenu(run: WizardRun): Promise<MenuChoice> {
  run.screen.heading(`hexuser at ${registryOf(run)}`);
  const state = await showState(run);
  const chosen = await askChoice<MenuChoice>(run.host.terminal, {
    message: "What do you want to do?",
    choices: [...choicesFor(state, run), { value: "leave", name: "Leave" }],
    canGoBack: false,
  });
  return typeof chosen === "symbol" ? "leave" : chosen;
}

async function showState(run: WizardRun): Promise<State> {
  const { screen } = run;
  const who = await executeWatched(operationOf(run, "whoami"), { describeCredential: true }, run);
  if (!who.ok) {
    if (isSignInMissing(who.failure)) {
      screen.say("Nobody is signed in on this machine.");
      return "out";
    }
    if (isEmailUnconfirmed(who.failure)) {
      screen.say("You are signed in, and your email address is not confirmed yet.");
      return "unconfirmed";
    }
    if (who.failure.needs === undefined) screen.failure(who.failure);
    else screen.tell(who.failure.message);
    return "unknown";
  }
  const { username, credential } = who.output as {
    username: string;
    credential: { kind: keyof typeof kinds; from: string; madeAt: string | null };
  };
  const list = await executeWatched(operationOf(run, "key.list"), {}, run);
  const since = credential.madeAt === null ? "" : `, since ${credential.madeAt.slice(0, 10)}`;
  screen.say(
    `You are signed in as ${username}${since}, with ${kinds[credential.kind]} kept in ${credential.from}.`,
  );
  if (list.ok) {
    const { length } = list.output.keys as readonly unknown[];
    screen.say(`The account has ${length === 0 ? "no keys" : length === 1 ? "1 key" : `${length} keys`}.`);
  }
  return "in";
}

const kinds = {
  key: "an API key",
  session: "a session",
  keys: "keys of this machine",
};

function choicesFor(state: State, { registration }: WizardRun): Choice<MenuChoice>[] {
  const signIn = (name: string): Choice<MenuChoice> => ({
    value: "auth",
    name,
    means:
      "For an account that you have, once its email address is confirmed. The credentials are kept on this machine.",
  });
  const register = (name: string): Choice<MenuChoice> => ({
    value: "register",
    name,
    means: "With a username, an email address and a password that you choose.",
  });
  const reset: Choice<MenuChoice> = {
    value: "reset_password",
    name: "Reset a password",
    means: "The one of your account, or the one that encrypts what is kept on this machine.",
  };
  const keys: Choice<MenuChoice> = {
    value: "keys",
    name: "Make, replace or revoke keys",
    means: "For CI jobs, other machines and other programs.",
  };
  const confirm: Choice<MenuChoice> = {
    value: "confirm",
    name: "Confirm the email address",
    means: "Goes on with the registration.",
  };
  const goOn: readonly Choice<MenuChoice>[] =
    registration === undefined
      ? []
      : [
          {
            value: "go on",
            name: `Go on with the account ${registration.username}`,
            means: "Confirm its email address, then sign in.",
          },
        ];
  const signOut: Choice<MenuChoice> = {
    value: "sign out",
    name: "Sign out",
    means: "Ends the session or revokes the keys of this machine, and forgets them here.",
  };
  const again: Choice<MenuChoice> = { value: "again", name: "Look again" };
  const other = [signIn("Sign in again, or as somebody else"), register("Create another account")];
  switch (state) {
    case "out":
      return [...goOn, signIn("Sign in"), register("Create an account"), reset];
    case "unconfirmed":
      return [confirm, keys, reset, ...other, signOut];
    case "unknown":
      return [again, ...goOn, signIn("Sign in"), register("Create an account"), keys, reset];
    case "in":
      return [...goOn, keys, reset, ...other, signOut];
  }
}
