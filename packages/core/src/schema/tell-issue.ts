import type { z } from "zod";
import type { AnswerName } from "../answers.ts";
import type { Failure } from "../failure.ts";
import { phraseComplaint } from "../hex-api/read-refusal.ts";
import type { AnyOperation } from "../operation.ts";
import { answerField, askedFields, type Field, parseText } from "./read-schema.ts";

/** A complaint of a schema or a registry about a value, with the path of the value. */
type Issue = NonNullable<NonNullable<Failure["details"]>["issues"]>[number];

const types: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "an object",
  string: "text",
};

/**
 * The parameter that makes zod complain in predicates, which become sentences with the name of the value: "must have at
 * most 255 characters". The words of a schema itself take precedence.
 */
export const inPredicates = { error: phraseIssue };

function phraseIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is missing" : `must be ${types[issue.expected] ?? issue.expected}`;
    case "too_small":
      return phraseLimit("least", issue.minimum, issue);
    case "too_big":
      return phraseLimit("most", issue.maximum, issue);
    case "invalid_value":
      return `must be ${listChoices(issue.values.map(String))}`;
    case "unrecognized_keys":
      return `has an unknown field: ${issue.keys.map((key) => `“${key.slice(0, 60)}”`).join(", ")}`;
    case "invalid_format":
      return "has the wrong form";
    default:
      return undefined;
  }
}

function phraseLimit(
  side: "least" | "most",
  limit: number | bigint,
  { origin, inclusive }: { readonly origin: string; readonly inclusive?: boolean | undefined },
): string {
  if (origin === "string") return `must have at ${side} ${count(limit, "character")}`;
  if (origin === "array") return `must have at ${side} ${count(limit, "value")}`;
  if (inclusive === false) return `must be ${side === "least" ? "more" : "less"} than ${limit}`;
  return `must be at ${side} ${limit}`;
}

function count(number: number | bigint, what: string): string {
  return `${number} ${what}${Number(number) === 1 ? "" : "s"}`;
}

/** `a, b or c` */
export function listChoices(choices: readonly string[]): string {
  const [last = "", ...others] = choices.toReversed();
  return others.length === 0 ? last : `${others.toReversed().join(", ")} or ${last}`;
}

/** A complaint that begins with one of these words is the predicate of a sentence. */
const verbs =
  /^(?:is|are|has|have|holds?|must|should|can|can't|cannot|do|does|doesn't|don't|may|needs?)(?![\w'])/;

/**
 * Turns a complaint into a sentence.
 *
 * @param subject the name of the value: `--email`, "The email"
 */
export function tellIssue(subject: string, message: string): string {
  const words = phraseComplaint(message);
  const text = subject === "" ? upperFirst(words) : `${subject}${verbs.test(words) ? "" : ":"} ${words}`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Turns the complaints of a failure into sentences. */
export function tellIssues(issues: readonly Issue[], operation: AnyOperation): string {
  const sentences = issues.map((issue) => tellIssue(subjectOf(issue, operation), issue.message));
  return [...new Set(sentences)].join("\n");
}

/** "The name of the key", as the subject of a sentence about a field or an answer. */
export function nameSubject({ title }: Pick<Field, "title">): string {
  return `The ${/^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title}`;
}

function subjectOf(issue: Issue, operation: AnyOperation): string {
  const { field, answer } = findPart(issue, operation);
  if (field?.kind === "boolean") return field.title;
  if (field !== undefined) return nameSubject(field);
  if (answer !== undefined) return nameSubject({ title: titleOfAnswer(answer, operation) });
  return issue.path.length === 0 ? "The input" : issue.path.join(".");
}

/** The operation's name for an answer. */
export function titleOfAnswer(answer: AnswerName, { words }: Pick<AnyOperation, "words">): string {
  return words?.[answer]?.title ?? answerField(answer).title;
}

/** Finds the field or the answer of a complaint: `["emails", "email"]` is about the field `email`. */
export function findPart(
  { path }: Pick<Issue, "path">,
  operation: AnyOperation,
): { readonly field?: Field | undefined; readonly answer?: AnswerName | undefined } {
  const fields = askedFields(operation);
  const answer = operation.answers.find((name) => path[0] === name || isPassword(name, path));
  const field =
    fields.find(({ name }) => path.includes(name)) ??
    (answer === undefined ? fields.find(({ name }) => isAlike(name, path)) : undefined);
  return field === undefined ? { answer } : { field };
}

/** Registries use their own names: our `keyName` is their `name`. */
function isAlike(field: string, path: readonly string[]): boolean {
  const last = path.at(-1)?.toLowerCase() ?? "";
  return last !== "" && field.toLowerCase().endsWith(last);
}

/** Registries call the account password of a new account `password`. */
function isPassword(answer: AnswerName, path: readonly string[]): boolean {
  return answer === "accountPassword" && path.includes("password");
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Checks typed text by the field's own schema, which the operation uses as well. Returns `true`, or the complaint. */
export function checkText(field: Pick<Field, "kind" | "schema" | "title">, text: string): true | string {
  const { success, error } = field.schema.safeParse(parseText(field, text), inPredicates);
  return success || error.issues.map(({ message }) => tellIssue(nameSubject(field), message)).join(" ");
}
