import { type AnswerName, type Answers, type AnyOperation, answersTo, fail, hint } from "@hexuser/core";

/** The secrets that the person announced on standard input. */
export interface SecretSwitches {
  readonly withKey: boolean;
  readonly passwordStdin: boolean;
  readonly localPasswordStdin: boolean;
  /** The chosen method makes no keys, so nothing needs a new local password. */
  readonly makesNoKeys?: boolean | undefined;
}

/** Standard input, as this file reads it. */
export type SecretSource = AsyncIterable<Uint8Array | string>;

const largest = 64 * 1024;
/** Milliseconds. A program that pipes a secret in has it ready. */
const longestWait = 5 * 60 * 1000;

/** The answers on standard input, one per line, in the operation's order. */
export function expectedSecrets(
  { answers }: Pick<AnyOperation, "answers">,
  { withKey, passwordStdin, localPasswordStdin, makesNoKeys = false }: SecretSwitches,
): AnswerName[] {
  const isGiven: Partial<Record<AnswerName, boolean>> = {
    key: withKey,
    accountPassword: passwordStdin,
    localPassword: localPasswordStdin,
    newLocalPassword: localPasswordStdin && !makesNoKeys,
  };
  return answers.filter((name) => isGiven[name] === true);
}

/**
 * Reads the secrets from standard input, each exactly as in its line. Fails with `invalid_input` if a line is missing
 * or empty, or the input is too large.
 */
export async function readSecrets(
  operation: Pick<AnyOperation, "answers" | "stdin" | "words">,
  switches: SecretSwitches,
  source: SecretSource,
  signal?: AbortSignal,
): Promise<Answers> {
  const expected = expectedSecrets(operation, switches);
  if (expected.length === 0) return {};
  const { optional, rest } = operation.stdin ?? {};
  if (rest !== undefined) return readLocalPasswords(operation, source, signal);
  const lines = await readLines(source, expected.length, signal);
  const mayLack = expected.includes("newLocalPassword") && lines.length < expected.length;
  const names = mayLack ? expected.filter((name) => name !== optional) : expected;
  const answers: Record<string, string> = {};
  names.forEach((name, index) => {
    const secret = lines[index] ?? "";
    if (secret === "") throw missingLine(name, index, names);
    answers[name] = secret;
  });
  return answers;
}

/**
 * Reads the local passwords of a move, to the end of the input, because the number of encrypted keys isn't known yet.
 * They are in the order of the registries' addresses; a single one is for all. Only one side of a move has local
 * passwords. If it's the target, the first password is the new one.
 */
async function readLocalPasswords(
  operation: Pick<AnyOperation, "words">,
  source: SecretSource,
  signal?: AbortSignal,
): Promise<Answers> {
  const lines = await readLines(source, Number.POSITIVE_INFINITY, signal);
  const [first] = lines;
  const empty = lines.indexOf("");
  if (first === undefined || empty >= 0)
    throw missingLine("localPassword", Math.max(empty, 0), ["localPassword"]);
  // An old password may be too short for a new one.
  const isNew = answersTo(operation).safeParse({ newLocalPassword: first }).success;
  return { localPasswords: lines, localPassword: first, ...(isNew ? { newLocalPassword: first } : {}) };
}

const titles: Readonly<Partial<Record<AnswerName, string>>> = {
  key: "the key",
  accountPassword: "the account password",
  localPassword: "the local password",
  newLocalPassword: "the new local password",
};

function missingLine(name: AnswerName, index: number, names: readonly AnswerName[]) {
  const order = names.map((one) => titles[one]).join(", then ");
  return fail("invalid_input", `Standard input does not hold ${titles[name]} (line ${index + 1}).`, {
    hint: hint`give one secret a line: ${order}.`,
    needs: [{ answer: name, because: "missing" }],
  });
}

/** Stops as soon as it has enough lines, because a pipe may stay open. */
async function readLines(source: SecretSource, count: number, signal?: AbortSignal): Promise<string[]> {
  const iterator = source[Symbol.asyncIterator]();
  const limit = AbortSignal.timeout(longestWait);
  const ended = endOf(signal === undefined ? limit : AbortSignal.any([signal, limit]), limit);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const next = await Promise.race([iterator.next(), ended]);
    if (next.done === true) return toLines(chunks, count);
    const chunk = typeof next.value === "string" ? Buffer.from(next.value) : next.value;
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > largest) {
      throw fail("invalid_input", "Standard input holds more than secrets.", {
        hint: hint`give one secret a line, and nothing else.`,
      });
    }
    if (Buffer.concat(chunks).toString("latin1").split("\n").length > count) return toLines(chunks, count);
  }
}

/** Lines end with LF or CRLF. The decoder removes a byte order mark, with which PowerShell may begin. */
function toLines(chunks: readonly Uint8Array[], count: number): string[] {
  const lines = new TextDecoder().decode(Buffer.concat(chunks)).split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines.slice(0, count);
}

function endOf(signal: AbortSignal, limit: AbortSignal): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    const end = () =>
      reject(
        limit.aborted
          ? fail("invalid_input", "Nothing came on standard input for five minutes.", {
              hint: hint`pipe the secrets in, one a line.`,
            })
          : fail("interrupted", "Interrupted."),
      );
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
  ended.catch(() => {});
  return ended;
}
