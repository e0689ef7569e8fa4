import { type AnyOperation, askedFields, type Need } from "@hexuser/core";
import { answerQuestion } from "../answer-question.ts";
import { carryOutForm } from "../carry-out-form.ts";
import { unlessInterrupted } from "../execute-watched.ts";
import { fieldQuestion } from "../field-question.ts";
import { beginForm, inputOf, type Question, type Values } from "../form.ts";
import type { BackendOffer } from "../host.ts";
import { askChoice } from "../questions/ask-choice.ts";
import { back } from "../questions/back.ts";
import { type FlowEnd, operationOf, registryOf, showCommand, type WizardRun } from "../wizard-run.ts";
import { confirmEmailFlow } from "./confirm-email.ts";

/** Facts that another flow knows already. */
export interface KnownOfSignIn {
  readonly username?: unknown;
  readonly accountPassword?: unknown;
  /** The account was made a moment ago. */
  readonly isNew?: boolean;
}

/** Fields that other questions of this flow, or the registry's answers, cover; and the scope, since a session may do all. */
const ownFields = ["method", "withKey", "username", "scope", "keyName"];

/** Signs in. It asks where to store the credentials, how to sign in, and then for what the registry wants. */
export async function signInFlow(run: WizardRun, known: KnownOfSignIn = {}): Promise<FlowEnd> {
  const { screen } = run;
  const auth = operationOf(run, "auth");
  screen.heading(`Sign in at ${registryOf(run)}`);
  // They are found while the person reads the first question.
  const others = run.host.otherBackends();
  others.catch(() => {});
  const [first, ...following] = [
    ...(known.isNew === true ? [] : [methodQuestion(run)]),
    ...askedFields(auth)
      .filter(({ name }) => !ownFields.includes(name))
      .map(({ name }) => fieldQuestionUnlessKey(auth, name, run)),
  ];
  const form = beginForm(
    [...(first === undefined ? [] : [first]), backendQuestion(run, others), ...following],
    { "input.username": known.username, "answer.accountPassword": known.accountPassword },
  );
  const outcome = await carryOutForm(auth, form, run, (need) => questionsFor(need, auth, run));
  if (outcome === back || !outcome.ok) return outcome;
  const { username, location, keys, revoked } = outcome.output as {
    username: string | null;
    location: string;
    keys: readonly string[];
    revoked: readonly string[];
  };
  run.done.push(
    `You are signed in${username === null ? "" : ` as ${username}`}; the credentials are kept here.`,
  );
  screen.gap();
  screen.heading(`You are signed in${username === null ? "" : ` as ${username}`}.`);
  screen.say(`The credentials are kept in ${location}.`);
  if (run.backend !== run.host.backend) {
    await run.backend.use();
    screen.say("Commands look for them there from now on.");
  }
  if (keys.length > 0) screen.say(`Keys made at the registry for this machine: ${keys.join(", ")}.`);
  if (revoked.length > 0) screen.say(`Keys of the sign-in before that were revoked: ${revoked.join(", ")}.`);
  const { username: typed, ...input } = inputOf(form);
  // A session takes no username: the person signs in on the registry's site.
  showCommand(run, [[auth, keys.length > 0 ? { ...input, username: typed } : input]]);
  const confirmed = await confirmEmailFlow(run);
  return confirmed ?? outcome;
}

/** Asks where to store the credentials. It offers only backends that work on this machine now. */
function backendQuestion(run: WizardRun, others: Promise<readonly BackendOffer[]>): Question {
  let offers: readonly BackendOffer[] | undefined;
  return {
    id: "backend",
    applies: () => offers?.length !== 1,
    async ask(_kept, _values, canGoBack) {
      offers ??= [run.host.backend, ...(await unlessInterrupted(run, others))];
      if (offers.length === 1) return run.backend;
      const chosen = await askChoice(run.host.terminal, {
        message: "Where should hexuser keep the credentials?",
        choices: offers.map((offer) => ({ value: offer, name: offer.title, means: offer.means })),
        preset: run.backend,
        canGoBack,
      });
      if (chosen !== back) run.backend = chosen;
      return chosen;
    },
  };
}

/** The registry decides between the browser and the account password. Only the person can choose a key. */
function methodQuestion(run: WizardRun): Question {
  return {
    id: "input.withKey",
    async ask(kept, _values, canGoBack) {
      const chosen = await askChoice(run.host.terminal, {
        message: "How do you want to sign in?",
        choices: [
          {
            value: "account",
            name: "With my account",
            means:
              "The registry decides how: current ones have you approve it in the browser, older ones take your account password.",
          },
          {
            value: "key",
            name: "With an API key that I have",
            means: "The key is kept as it is; nothing new is made at the registry.",
          },
        ],
        preset: kept === true ? "key" : "account",
        canGoBack,
      });
      return chosen === back ? back : chosen === "key" ? true : undefined;
    },
  };
}

function fieldQuestionUnlessKey(auth: AnyOperation, name: string, run: WizardRun): Question {
  return {
    ...fieldQuestion(auth, name, run),
    applies: (values: Values) => values.get("input.withKey") !== true,
  };
}

/**
 * The registry's answer shows whether it accepts account passwords. So the flow asks for the username, and how to name the
 * keys, only then.
 */
function questionsFor(need: Need, auth: AnyOperation, run: WizardRun): readonly Question[] {
  if ("input" in need) {
    return need.input !== "username"
      ? []
      : [
          fieldQuestion(auth, "username", run, {
            isWanted: true,
            description:
              "This registry takes account passwords: with yours, keys are made for this machine. The password itself is not kept.",
          }),
        ];
  }
  const answer = answerQuestion(need.answer, auth, run);
  const keyName = fieldQuestion(auth, "keyName", run, { description: keyNameWords });
  // What the registry may refuse comes first.
  if (need.answer === "accountPassword") return [answer, keyName];
  return need.answer === "newLocalPassword" ? [keyName, answer] : [];
}

const keyNameWords = "Name of the keys at the registry; by default the name of this machine";
