import { type Answers, answersSchema, fail, hint, inPredicates } from "@hexuser/core";
import { isExposed } from "@hexuser/credentials";
import type { z } from "zod";
import { quote } from "../argv/command-line.ts";
import { readDescriptor, readPath, TooLargeError } from "../host/read-bounded.ts";
import { type Environment, variable } from "../host/settings.ts";

const largest = 64 * 1024;

/**
 * Reads the answers that a front end uses for all its calls: from the environment, and from a file or a file descriptor
 * that holds one JSON object, `{"otp": "123456", "localPassword": "…"}`. The file takes precedence. Fails with
 * `invalid_input` if the object can't be read or is wrong, without repeating its content, and with `interrupted` on the
 * signal.
 *
 * @param source a path, or `fd:N`
 * @param warn gets a warning if other users can read the file
 */
export async function givenAnswers(
  source: string | undefined,
  env: Environment,
  signal: AbortSignal,
  warn: (message: string) => void = () => {},
): Promise<Answers> {
  if (source !== undefined && isExposed(source)) {
    warn(`Other users of this machine can read the secrets in ${source}. To fix: chmod 600 ${quote(source)}`);
  }
  return { ...environmentAnswers(env), ...(source === undefined ? {} : await readAnswers(source, signal)) };
}

/** Environment variables for answers, for calls that can't ask anybody. */
export const answerVariables = {
  otp: "HEX_OTP",
  accountPassword: "HEXUSER_ACCOUNT_PASSWORD",
  localPassword: "HEXUSER_LOCAL_PASSWORD",
  newLocalPassword: "HEXUSER_NEW_LOCAL_PASSWORD",
} as const;

/** Fails with `invalid_input` if the answers would come on standard input, which carries the requests. */
export function refuseStandardInput(source: string | undefined): void {
  if (source !== "fd:0") return;
  throw fail("invalid_input", "Standard input can't hold both the requests and the answers.", {
    hint: hint`give the answers through another descriptor, like --secrets-from fd:3 3<FILE.`,
  });
}

/** Removes only a line end, which a file may have left after a password. */
function environmentAnswers(env: Environment): Answers {
  const given = Object.entries(answerVariables).flatMap(([name, variableName]) => {
    const value = variable(env, variableName);
    return value === undefined ? [] : [[name, value.replace(/\r?\n$/, "")]];
  });
  return check(Object.fromEntries(given), "The answers in the environment", answerVariables);
}

async function readAnswers(source: string, signal: AbortSignal): Promise<Answers> {
  const what = `What --secrets-from names (${source.slice(0, 200)})`;
  const text = await readText(source, what, signal);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notAnswers(what, []);
  }
  return check(value, what);
}

async function readText(source: string, what: string, signal: AbortSignal): Promise<string> {
  const numbered = /^fd:(\d{1,5})$/.exec(source);
  const limits = { most: largest, signal };
  try {
    const bytes = await (numbered === null
      ? readPath(source, limits)
      : readDescriptor(Number(numbered[1]), limits));
    return Buffer.from(bytes).toString("utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = error instanceof TooLargeError ? "it is too large" : code;
    if (typeof why !== "string") throw error;
    throw fail("invalid_input", `${what} can't be read (${why}).`, {
      hint: hint`give a file that holds the answers as one JSON object, or fd:N for a descriptor that is open.`,
    });
  }
}

/** @param names how a message calls each answer, if not by its own name */
function check(value: unknown, what: string, names: Readonly<Record<string, string>> = {}): Answers {
  const answers = answersSchema().safeParse(value, inPredicates);
  if (answers.success) return answers.data;
  throw notAnswers(
    what,
    issuesOf(answers.error).map(({ path: [name = "", ...inner], message }) =>
      [names[name] ?? name, ...inner, message].filter((part) => part !== "").join(": "),
    ),
  );
}

/** The issues of an error, without any given value. Even an unknown field name may be a secret in the wrong place. */
export function issuesOf(error: z.ZodError): { path: string[]; message: string }[] {
  return error.issues.slice(0, 20).map(({ code, path, message }) => ({
    path: path.map(String),
    message: code === "unrecognized_keys" ? "holds an unknown field" : message,
  }));
}

/** Names only the place of the mistake, because its content may be a secret. */
function notAnswers(what: string, issues: readonly string[]) {
  const names = Object.keys(answersSchema().shape).join(", ");
  return fail("invalid_input", [`${what} are no answers.`, ...issues].join("\n"), {
    hint: hint`give one JSON object with some of: ${names}.`,
  });
}
