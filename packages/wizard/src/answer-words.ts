import {
  type AnswerName,
  type AnyOperation,
  answerField,
  answersTo,
  inPredicates,
  nameSubject,
  tellIssue,
  titleOfAnswer,
} from "@hexuser/core";

/** The answer to ask for, and the operation that needs it. */
export interface AnswerFor {
  readonly answer: AnswerName;
  readonly operation: Pick<AnyOperation, "words">;
}

/** The name of the answer in a question. */
export function titleOf({ answer, operation }: AnswerFor): string {
  return titleOfAnswer(answer, operation);
}

/** The explanation before the question. */
export function descriptionOf({ answer, operation }: AnswerFor): string {
  return operation.words?.[answer]?.description ?? answerField(answer).description ?? "";
}

/** Checks an answer by its schema. Returns `true`, or the complaint. */
export function checkAnswer({ answer, operation }: AnswerFor, value: string): true | string {
  const { success, error } = answersTo(operation).safeParse({ [answer]: value }, inPredicates);
  const subject = nameSubject({ title: titleOf({ answer, operation }) });
  return success || error.issues.map(({ message }) => tellIssue(subject, message)).join(" ");
}
