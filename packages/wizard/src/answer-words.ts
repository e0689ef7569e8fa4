import { type AnswerName, type AnyOperation, answerField, answersTo } from "@hexuser/core";

/** Which answer is asked for, and for what. */
export interface AnswerFor {
  readonly answer: AnswerName;
  readonly operation: Pick<AnyOperation, "words">;
}

/** What the answer is called in a question. */
export function titleOf({ answer, operation }: AnswerFor): string {
  return operation.words?.[answer]?.title ?? answerField(answer).title;
}

/** What is said of the answer before it's asked for. */
export function descriptionOf({ answer, operation }: AnswerFor): string {
  return operation.words?.[answer]?.description ?? answerField(answer).description ?? "";
}

/** Checks an answer by its schema. Gives `true`, or what is wrong. */
export function checkAnswer({ answer, operation }: AnswerFor, value: string): true | string {
  const result = answersTo(operation).safeParse({ [answer]: value });
  return result.success || result.error.issues.map((issue) => issue.message).join("; ");
}
