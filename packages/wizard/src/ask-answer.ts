import { type AnswerName, type Answers, fail, triesPerAnswer } from "@hexuser/core";
import { type AnswerFor, checkAnswer, isChosen, titleOf } from "./answer-words.ts";
import { confirm } from "./confirm.ts";
import { runPrompt, type Terminal } from "./prompt.ts";

/** One of the answers, as a command asks for it. */
export interface AnswerQuestion extends AnswerFor {
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
        validate: (value) => (optional && value.trim() === "") || checkAnswer(answer, value.trim()),
      },
      context,
    ),
  );
  return typed.trim() === "" ? null : typed.trim();
}
