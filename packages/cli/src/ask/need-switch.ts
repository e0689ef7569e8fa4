import {
  type AnswerName,
  type AnyOperation,
  type Failure,
  type Hint,
  hint,
  inputFields,
  listChoices,
  type Need,
  phraseHint,
  tellIssue,
} from "@hexuser/core";
import { commandLine } from "../argv/command-line.ts";
import { nameMention } from "../argv/phrase-hint.ts";

const answerWords: Readonly<Record<AnswerName, Hint>> = {
  key: hint`the key with ${{ answer: "key" }}, on standard input`,
  accountPassword: hint`the account password with ${{ answer: "accountPassword" }}`,
  localPassword: hint`the local password with ${{ answer: "localPassword" }}`,
  localPasswords: hint`the local passwords, one a line, with ${{ answer: "localPasswords" }}`,
  newLocalPassword: hint`the new local password with ${{ answer: "newLocalPassword" }}`,
  otp: hint`the two-factor code with ${{ answer: "otp" }}`,
  adoptCredentials: hint`${{ answer: "adoptCredentials" }} if the credentials belong to this registry`,
  sameRegistry: hint`${{ answer: "sameRegistry" }} if both addresses are the same registry`,
};

/**
 * Turns a failure into the words of the command line. It names the flags of fields. If nobody could be asked, the hint
 * names the flag for each missing value.
 */
export function nameSwitches(failure: Failure, operation: AnyOperation, before: GivenBefore = {}): Failure {
  return nameSilence(nameMissing(failure, operation, before), before);
}

/** Explains to a person at a terminal why hexuser doesn't ask. */
function nameSilence(failure: Failure, { silencedBy }: GivenBefore): Failure {
  const isLacking =
    failure.needs?.some(({ because }) => because === "missing") === true ||
    failure.code === "confirmation_required" ||
    failure.details?.reason === "not_signed_in";
  if (silencedBy !== "CI" || !isLacking) return failure;
  const why = "hexuser asks nothing because CI is set; unset it to be asked.";
  return { ...failure, hint: failure.hint === undefined ? hint`${why}` : hint`${failure.hint} Here ${why}` };
}

function nameMissing(
  failure: Failure,
  operation: AnyOperation,
  { wasAsked = false, codeFrom }: GivenBefore,
): Failure {
  const named = nameCode(nameFields(failure, operation, codeFrom), wasAsked ? undefined : codeFrom);
  const lacking = wasAsked ? [] : (named.needs ?? []).filter(({ because }) => because === "missing");
  const unnamed = lacking.filter((need) => !isNamed(need, named.hint));
  if (unnamed.length > 0) {
    const list = unnamed.map((need) => describeNeed(need, operation)).join(", ");
    return {
      ...named,
      hint: named.hint === undefined ? hint`give ${list}.` : hint`${named.hint} Give ${list}.`,
    };
  }
  if (named.code !== "invalid_input" || named.hint !== undefined) return named;
  return { ...named, hint: hint`see \`hexuser ${operation.id.replaceAll(".", " ")} --help\`.` };
}

/** The state before anybody was asked. */
interface GivenBefore {
  readonly wasAsked?: boolean;
  /** The reason why hexuser doesn't ask on a terminal. */
  readonly silencedBy?: string | undefined;
  /** The flag or the variable that gave the two-factor code. */
  readonly codeFrom?: string | undefined;
}

/** Adds the source of a refused code, because a code in the environment is easily forgotten. */
function nameCode(failure: Failure, codeFrom: string | undefined): Failure {
  const isWrong = failure.needs?.some(
    (need) => "answer" in need && need.answer === "otp" && need.because === "wrong",
  );
  if (isWrong !== true || codeFrom === undefined) return failure;
  return { ...failure, message: `${failure.message} It came from ${codeFrom}.` };
}

/** Tells whether the operation's hint already names the flag. */
function isNamed(need: Need, given: Hint = []): boolean {
  const flag = nameMention("answer" in need ? need : { field: need.input });
  return given.some((part) => typeof part !== "string" && nameMention(part) === flag);
}

function describeNeed(need: Need, operation: AnyOperation): string {
  if ("answer" in need) {
    return phraseHint(answerWords[need.answer], (mention) => nameMention(mention, operation));
  }
  const field = inputFields(operation).find(({ name }) => name === need.input);
  if (field?.arg !== true) return switchOfField(need.input, operation);
  const what =
    field.choices === undefined ? `the ${field.title.toLowerCase()}` : `one of ${listChoices(field.choices)}`;
  const example = operation.examples?.find(({ input }) => input[field.name] !== undefined);
  return example === undefined ? what : `${what}, as in \`${commandLine(operation, example.input)}\``;
}

/** `--key-name`; an argument by its name in capitals, as the help shows it. */
function switchOfField(name: string, operation: AnyOperation): string {
  const field = inputFields(operation).find((candidate) => candidate.name === name);
  if (field?.arg === true && field.flag === undefined) return name.toUpperCase();
  return field?.flag === undefined ? name : `--${field.flag}`;
}

function nameFields(failure: Failure, operation: AnyOperation, codeFrom: string | undefined): Failure {
  const issues = failure.details?.issues;
  if (failure.code !== "invalid_input" || !Array.isArray(issues)) return failure;
  const lines = issues.map((issue) => {
    const { path, message } = issue as { path: string[]; message: string };
    const [name, ...inner] = path;
    if (name === undefined) return tellIssue("", message);
    const place =
      (name === "otp" ? codeFrom : undefined) ?? answerFlag(name) ?? switchOfField(name, operation);
    return tellIssue([place, ...inner.filter((part) => !/^\d+$/.test(part))].join(" "), message);
  });
  return { ...failure, message: [...new Set(lines)].join("\n") };
}

function answerFlag(name: string): string | undefined {
  return Object.hasOwn(answerWords, name)
    ? nameMention({ answer: name as AnswerName }).split(" ", 1)[0]
    : undefined;
}
