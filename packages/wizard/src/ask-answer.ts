import {
  type AnswerName,
  type Answers,
  type AnyOperation,
  answersSchema,
  fail,
  triesPerAnswer,
} from "@hexuser/core";
import { confirm } from "./confirm.ts";
import { describeSchema } from "./describe-schema.ts";
import { runPrompt, type Terminal } from "./prompt.ts";

/** Which answer is asked for, and for what. */
export interface AnswerQuestion {
  readonly answer: AnswerName;
  readonly operation: Pick<AnyOperation, "id">;
  /** An empty answer declines: `null`. */
  readonly optional?: boolean | undefined;
}

/**
 * Asks for one of the answers that operations need. Secrets stay unseen; one that the person chooses now is asked
 * for twice, and can be mistyped as often as any other answer. White space at both ends is dropped.
 *
 * @example const otp = await askAnswer({ answer: "otp", operation: keyGenerate }, { signal });
 */
export async function askAnswer(
  question: AnswerQuestion,
  terminal: Terminal = {},
): Promise<Answers[AnswerName]> {
  if (question.answer === "adoptCredentials") {
    return confirm("Use these credentials for this registry?", { ...terminal, default: false });
  }
  if (!isChosen(question)) return askSecret(question, titleOf(question), terminal);
  for (let left = triesPerAnswer; left > 0; left -= 1) {
    const first = await askSecret(question, titleOf(question), terminal);
    if (first === null) return null;
    const second = await askSecret(question, `${titleOf(question)} (confirm)`, terminal);
    if (first === second) return first;
    (terminal.output ?? process.stderr).write(
      `The two are not the same.${left > 1 ? " Please try again." : ""}\n`,
    );
  }
  throw fail("invalid_input", `${titleOf(question)}: what you typed was not the same twice.`, {
    hint: "run the command again; nothing was changed.",
  });
}

/** A password that is set now: a mistake in it would lock the person out. */
function isChosen({ answer, operation }: AnswerQuestion): boolean {
  return answer === "newLocalPassword" || (answer === "accountPassword" && operation.id === "register");
}

function titleOf({ answer, operation }: AnswerQuestion): string {
  if (answer === "newLocalPassword" && operation.id === "auth") return "Local password";
  return describeSchema(answersSchema.shape[answer]).title ?? answer;
}

async function askSecret(
  { answer, optional = false }: AnswerQuestion,
  title: string,
  terminal: Terminal,
): Promise<string | null> {
  const { default: password } = await import("@inquirer/password");
  const message = optional ? `${title} (just Enter if you can't give it):` : `${title}:`;
  const typed = await runPrompt(terminal, (context) =>
    password(
      {
        message,
        mask: false,
        toggleMask: false,
        theme: { style: { maskedText: "(stays unseen)" } },
        validate: (value) => (optional && value.trim() === "") || check(answer, value.trim()),
      },
      context,
    ),
  );
  return typed.trim() === "" ? null : typed.trim();
}

function check(answer: AnswerName, value: string): true | string {
  const result = answersSchema.shape[answer].safeParse(value);
  return result.success ? true : result.error.issues.map((issue) => issue.message).join("; ");
}
