import { type AnswerName, type AnyOperation, answersSchema } from "@hexuser/core";
import { answerId, inputId, type Question, type Values } from "./form.ts";
import { describeStrength } from "./password-strength.ts";
import { askSecret } from "./questions/ask-secret.ts";
import { askYesNo } from "./questions/ask-yes-no.ts";
import { type Back, back } from "./questions/back.ts";
import type { WizardRun } from "./wizard-run.ts";

/**
 * Makes the question for one of the answers that operations need, from the answers' schema. A password that the
 * person chooses is asked for twice, and its strength is told between.
 */
export function answerQuestion(
  answer: AnswerName,
  operation: Pick<AnyOperation, "id">,
  run: Pick<WizardRun, "host" | "screen">,
  isOptional = false,
): Question {
  const { terminal } = run.host;
  const schema = answersSchema.shape[answer];
  const { title, description } = words(answer, operation);
  return {
    id: answerId(answer),
    async ask(kept, values) {
      run.screen.say(description);
      if (answer === "adoptCredentials") {
        return askYesNo(terminal, { message: `${title}?`, preset: kept === true });
      }
      const empty =
        kept === undefined || kept === null
          ? isOptional
            ? "if you can't give it"
            : undefined
          : "keeps what you typed";
      const check = (secret: string) => {
        const result = schema.safeParse(secret);
        return result.success || result.error.issues.map(({ message }) => message).join("; ");
      };
      for (;;) {
        const secret = await askSecret(terminal, { message: title, empty, check });
        if (secret === back) return back;
        if (secret === "") return kept ?? null;
        if (!isChosen(answer, operation)) return secret;
        const confirmed = await confirmChosen(secret, title, values, run);
        if (confirmed) return secret;
      }
    },
  };
}

/** Whether the second time was as the first one; going back from it goes to the first time. */
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

/** A password that is set now: a mistake in it would lock the person out. */
function isChosen(answer: AnswerName, operation: Pick<AnyOperation, "id">): boolean {
  return answer === "newLocalPassword" || (answer === "accountPassword" && operation.id === "register");
}

function words(answer: AnswerName, operation: Pick<AnyOperation, "id">) {
  const meta = readMeta(answersSchema.shape[answer]);
  if (answer === "accountPassword" && operation.id === "register") {
    return { title: meta.title, description: "You choose the password of your new account now." };
  }
  if (answer === "newLocalPassword" && operation.id === "auth") return { ...meta, title: "Local password" };
  return meta;
}

type AnswerSchema = (typeof answersSchema.shape)[AnswerName];

function readMeta(schema: AnswerSchema): { title: string; description: string } {
  let inner: { meta(): unknown; def: unknown } | undefined = schema;
  let meta: { title?: string; description?: string } = {};
  while (inner !== undefined) {
    meta = { ...(inner.meta() ?? {}), ...meta };
    inner = (inner.def as { innerType?: AnswerSchema }).innerType;
  }
  return { title: meta.title ?? "Answer", description: meta.description ?? "" };
}
