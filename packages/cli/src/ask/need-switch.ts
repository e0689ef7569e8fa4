import { type AnswerName, type AnyOperation, type Failure, inputFields, type Need } from "@hexuser/core";

const answerSwitches: Readonly<Record<AnswerName, string>> = {
  key: "the key with --with-key, on standard input",
  accountPassword: "the account password with --password-stdin",
  localPassword: "the local password with --local-password-stdin",
  localPasswords: "the local passwords, one a line, with --local-password-stdin",
  newLocalPassword: "the new local password with --local-password-stdin",
  otp: "the two-factor code with --otp or HEX_OTP",
  adoptCredentials: "--adopt-credentials if the credentials belong to this registry",
  sameRegistry: "--same-registry if both addresses are the same registry",
};

/**
 * A failure as a command line tells it: fields of the input are named by their flags, and the hint names the
 * switch that gives each thing that is missing, where nobody could be asked for it.
 */
export function nameSwitches(
  failure: Failure,
  operation: AnyOperation,
  { wasAsked = false, codeFrom }: GivenBefore = {},
): Failure {
  const named = nameCode(nameFields(failure, operation, codeFrom), wasAsked ? undefined : codeFrom);
  const lacking = wasAsked ? [] : (named.needs ?? []).filter(({ because }) => because === "missing");
  const missing = lacking.map((need) => describeNeed(need, operation));
  const unnamed = missing.filter((how) => !isNamed(named.hint, how));
  if (unnamed.length > 0) {
    const list = unnamed.join(", ");
    return {
      ...named,
      hint: named.hint === undefined ? `To fix: give ${list}.` : `${named.hint} Give ${list}.`,
    };
  }
  if (named.code !== "invalid_input" || named.hint !== undefined) return named;
  return { ...named, hint: `To fix: see \`hexuser ${operation.id.replaceAll(".", " ")} --help\`.` };
}

/** What was there before anybody was asked. */
interface GivenBefore {
  readonly wasAsked?: boolean;
  /** The flag or the variable that gave the two-factor code. */
  readonly codeFrom?: string | undefined;
}

/** A code in the environment is easily forgotten, so a refusal names its place. */
function nameCode(failure: Failure, codeFrom: string | undefined): Failure {
  const isWrong = failure.needs?.some(
    (need) => "answer" in need && need.answer === "otp" && need.because === "wrong",
  );
  if (isWrong !== true || codeFrom === undefined) return failure;
  return { ...failure, message: `${failure.message} It came from ${codeFrom}.` };
}

/** Whether the hint of the operation says it already, in its own words. */
function isNamed(hint: string | undefined, how: string): boolean {
  const flag = /--[a-z-]+|[A-Z]{3,}/.exec(how)?.[0] ?? how;
  return hint?.includes(flag) ?? false;
}

function describeNeed(need: Need, operation: AnyOperation): string {
  return "answer" in need ? answerSwitches[need.answer] : switchOfField(need.input, operation);
}

/** `--key-name`; an argument by its name in capitals, as the help shows it. */
function switchOfField(name: string, operation: AnyOperation): string {
  const field = inputFields(operation).find((candidate) => candidate.name === name);
  if (field?.arg === true) return name.toUpperCase();
  return field?.flag === undefined ? name : `--${field.flag}`;
}

function nameFields(failure: Failure, operation: AnyOperation, codeFrom: string | undefined): Failure {
  const issues = failure.details?.issues;
  if (failure.code !== "invalid_input" || !Array.isArray(issues)) return failure;
  const lines = issues.map((issue) => {
    const { path, message } = issue as { path: string[]; message: string };
    const [name, ...inner] = path;
    if (name === undefined) return message;
    const place =
      (name === "otp" ? codeFrom : undefined) ?? answerFlag(name) ?? switchOfField(name, operation);
    return `${[place, ...inner.filter((part) => !/^\d+$/.test(part))].join(" ")}: ${message}`;
  });
  return { ...failure, message: [...new Set(lines)].join("\n") };
}

function answerFlag(name: string): string | undefined {
  const how = Object.hasOwn(answerSwitches, name) ? answerSwitches[name as AnswerName] : undefined;
  return how === undefined ? undefined : /--[a-z-]+/.exec(how)?.[0];
}
