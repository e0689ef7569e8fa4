import { type AnswerName, type AnyOperation, isChosen, isShortLived, isYesOrNo } from "@hexuser/core";
import { type AnswerFor, checkAnswer, descriptionOf, titleOf } from "./answer-words.ts";
import { answerId, inputId, type Question, type Values } from "./form.ts";
import { describeStrength } from "./password-strength.ts";
import { askSecret } from "./questions/ask-secret.ts";
import { askYesNo } from "./questions/ask-yes-no.ts";
import { type Back, back } from "./questions/back.ts";
import type { WizardRun } from "./wizard-run.ts";

/**
 * Makes the question for one of the answers that operations need, from the answer's schema. It asks twice for a
 * password that the person chooses, and tells its strength in between.
 */
export function answerQuestion(
  answer: AnswerName,
  operation: Pick<AnyOperation, "words">,
  run: Pick<WizardRun, "host" | "screen">,
  isOptional = false,
): Question {
  const { terminal } = run.host;
  const asked: AnswerFor = { answer, operation };
  const title = titleOf(asked);
  return {
    id: answerId(answer),
    async ask(kept, values) {
      run.screen.say(descriptionOf(asked));
      if (isYesOrNo(answer)) {
        return askYesNo(terminal, { message: `${title}?`, preset: kept === true });
      }
      const empty =
        kept === undefined || kept === null
          ? isOptional
            ? "if you can't give it"
            : undefined
          : "keeps what you typed";
      const check = (secret: string) => checkAnswer(asked, secret);
      for (;;) {
        const secret = await askSecret(terminal, {
          message: title,
          empty,
          check,
          isShortLived: isShortLived(answer),
        });
        if (secret === back) return back;
        if (secret === "") return kept ?? null;
        if (!isChosen(answer, operation)) return secret;
        const confirmed = await confirmChosen(secret, title, values, run);
        if (confirmed) return secret;
      }
    },
  };
}

/** Tells whether both passwords are the same. Going back from the second question leads to the first. */
async function confirmChosen(
  secret: string,
  title: string,
  values: Values,
  { host: { terminal }, screen }: Pick<WizardRun, "host" | "screen">,
): Promise<boolean> {
  const personal = [values.get(inputId("username")), values.get(inputId("email"))].map(String);
  screen.say(describeStrength(secret, personal));
  const again: string | Back = await askSecret(terminal, { message: `${title} again` });
  if (again === secret) return true;
  if (again !== back) screen.say("The two are not the same. Please type both again.");
  return false;
}
