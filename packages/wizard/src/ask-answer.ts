import {
  type AnswerName,
  type Answers,
  fail,
  hint,
  isChosen,
  isShortLived,
  isYesOrNo,
  triesPerAnswer,
} from "@hexuser/core";
import { type AnswerFor, checkAnswer, titleOf } from "./answer-words.ts";
import { confirm } from "./confirm.ts";
import { askSecret } from "./questions/ask-secret.ts";
import { answerAlone } from "./questions/back.ts";
import type { Terminal } from "./terminal.ts";

/** One of the answers, as a command asks for it. */
export interface AnswerQuestion extends AnswerFor {
  /** An empty answer declines: `null`. */
  readonly optional?: boolean | undefined;
}

/**
 * Asks for one of the answers that operations need. Secrets stay hidden. It asks twice for a secret that the person
 * chooses now, with the usual number of tries.
 *
 * @example const otp = await askAnswer({ answer: "otp", operation: keyGenerate }, terminal);
 */
export async function askAnswer(question: AnswerQuestion, terminal: Terminal): Promise<Answers[AnswerName]> {
  if (isYesOrNo(question.answer)) {
    return confirm(`${titleOf(question)}?`, { ...terminal, default: false });
  }
  if (!isChosen(question.answer, question.operation)) return askOne(question, titleOf(question), terminal);
  for (let left = triesPerAnswer; left > 0; left -= 1) {
    const first = await askOne(question, titleOf(question), terminal);
    if (first === null) return null;
    const second = await askOne(question, `${titleOf(question)} (confirm)`, terminal);
    if (first === second) return first;
    terminal.output.write(`The two are not the same.${left > 1 ? " Please try again." : ""}\n`);
  }
  throw fail("invalid_input", `${titleOf(question)}: what you typed was not the same twice.`, {
    hint: hint`run the command again; nothing was changed.`,
  });
}

/** Returns `null` if the person declines an optional answer. */
async function askOne(question: AnswerQuestion, message: string, terminal: Terminal): Promise<string | null> {
  const secret = await answerAlone(
    askSecret(terminal, {
      message,
      isShortLived: isShortLived(question.answer),
      empty: question.optional === true ? "if you can't give it" : undefined,
      check: (typed) => checkAnswer(question, typed),
    }),
  );
  return secret === "" ? null : secret;
}
