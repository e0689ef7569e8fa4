import { type AnyOperation, askedFields } from "@hexuser/core";
import { carryOutForm } from "../carry-out-form.ts";
import { fieldQuestion } from "../field-question.ts";
import { beginForm, inputId, inputOf, type Question } from "../form.ts";
import { askChoice } from "../questions/ask-choice.ts";
import { back } from "../questions/back.ts";
import { contextOf, type FlowEnd, operationOf, showCommand, type WizardRun } from "../wizard-run.ts";
import { permissionsQuestion } from "./permissions-question.ts";

/** Makes a key, and shows its secret once. */
export async function makeKey(run: WizardRun): Promise<FlowEnd> {
  const { screen } = run;
  const operation = operationOf(run, "key.generate");
  const questions = askedFields(operation)
    // Whose key it is, the sign-in tells; where it doesn't, the operation asks.
    .filter(({ name }) => name !== "username")
    .map(({ name }) => questionFor(name, operation, run));
  const form = beginForm(questions);
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
  return outcome;
}

/** Fields for which a list helps more than a line to type in; all others are asked from their schema. */
function questionFor(name: string, operation: AnyOperation, run: WizardRun): Question {
  if (name === "permissions") return permissionsQuestion(operation, run);
  if (name === "expires") return expiryQuestion(operation, run);
  return fieldQuestion(operation, name, run, name === "keyName" ? { preset: contextOf(run).hostname } : {});
}

function expiryQuestion(operation: AnyOperation, run: WizardRun): Question {
  const byHand = fieldQuestion(operation, "expires", run, { isWanted: true });
  const spans = ["30d", "90d", "365d"];
  return {
    id: inputId("expires"),
    async ask(kept, values) {
      for (;;) {
        const isOwn = typeof kept === "string" && !spans.includes(kept);
        const chosen = await askChoice(run.host.terminal, {
          message: "When should the key expire?",
          choices: [
            { value: "30d", name: "In 30 days" },
            {
              value: "90d",
              name: "In 90 days",
              means: "A good choice for most: you can make a new one then.",
            },
            { value: "365d", name: "In a year" },
            { value: "own", name: "At another time", means: "You type the time or the date." },
            {
              value: "never",
              name: "Never",
              means: "Until you revoke it. Older registries can make no others.",
            },
          ],
          preset: isOwn ? "own" : values.has(inputId("expires")) ? ((kept as string) ?? "never") : "90d",
        });
        if (chosen === back) return back;
        if (chosen === "never") return undefined;
        if (chosen !== "own") return chosen;
        const typed = await byHand.ask(isOwn ? kept : undefined, values);
        if (typed !== back) return typed;
      }
    },
  };
}
