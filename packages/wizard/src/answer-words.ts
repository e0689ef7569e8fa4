import { type AnswerName, type AnyOperation, answersSchema } from "@hexuser/core";
import { describeSchema } from "./describe-schema.ts";

/** Which answer is asked for, and for what. */
export interface AnswerFor {
  readonly answer: AnswerName;
  readonly operation: Pick<AnyOperation, "id">;
}

/** A password that is set now: a mistake in it would lock the person out. */
export function isChosen({ answer, operation }: AnswerFor): boolean {
  return answer === "newLocalPassword" || (answer === "accountPassword" && operation.id === "register");
}

/** What the answer is called in a question. */
export function titleOf({ answer, operation }: AnswerFor): string {
  if (answer === "newLocalPassword" && operation.id === "auth") return "Local password";
  return describeSchema(answersSchema().shape[answer]).title ?? answer;
}

/** What is said of the answer before it's asked for. */
export function descriptionOf({ answer, operation }: AnswerFor): string {
  if (answer === "accountPassword" && operation.id === "register") {
    return "You choose the password of your new account now.";
  }
  return describeSchema(answersSchema().shape[answer]).description ?? "";
}

/** Checks an answer by its schema. Gives `true`, or what is wrong. */
export function checkAnswer(answer: AnswerName, value: string): true | string {
  const result = answersSchema().shape[answer].safeParse(value);
  return result.success || result.error.issues.map((issue) => issue.message).join("; ");
}
