import { type FailureError, fail, type Hint, hint, type PlainReason } from "@hexuser/core";
import { type ProgramEnd, readableText } from "../process/run-program.ts";
import { knownHelpers } from "./known-programs.ts";

/** What hexuser asked a helper to do. */
export interface Asked {
  /** `helper:pass` */
  readonly backend: string;
  /** The name of the program, or its path. */
  readonly program: string;
  readonly action: "get" | "store" | "erase" | "list";
  /** Milliseconds. */
  readonly limit: number;
  /** A secret that no message may show. */
  readonly secret?: string | undefined;
}

const doing = {
  get: "read the credentials",
  list: "list the credentials",
  store: "store the credentials",
  erase: "remove the credentials",
} as const;

export const anotherHelper = hint`name another one with ${{ option: "backend", value: "helper:NAME" }}.`;

/** Tells why a helper failed. */
export function helperFailure(asked: Asked, end: ProgramEnd): FailureError {
  const { program, action, limit } = asked;
  const failed = (reason: PlainReason, why: string, next: Hint, cause?: unknown) =>
    fail(codeOf(asked), `${program} could not ${doing[action]}: ${why}.`, {
      hint: next,
      details: { backend: asked.backend, reason },
      cause,
    });
  const look = hint`run \`${program} list\` to see whether it works here, then try again.`;
  switch (end.end) {
    case "late":
      return failed(
        "late",
        `it did not finish within ${limit / 1000} seconds`,
        hint`unlock its key or its vault, or sign in there, then try again.`,
      );
    case "too_much":
      return failed("too_much", "it printed more than a credential helper does", look);
    case "not_text":
      return failed("garbage", "its answer is not text", look);
    case "broken":
      return failed(
        "broken",
        "it could not be started",
        hint`check that the program is built for this system.`,
        end.cause,
      );
    case "exit":
      return exitFailure(asked, end, failed, look);
  }
}

/** The helper tells on stdout what is wrong, or it crashed. */
function exitFailure(
  { program, backend, secret }: Asked,
  { code, stdout, stderr }: Extract<ProgramEnd, { end: "exit" }>,
  failed: (reason: PlainReason, why: string, next: Hint) => FailureError,
  look: Hint,
): FailureError {
  const told =
    readableText(mentionsSecret(stdout, secret) ? "" : stdout) ||
    readableText(mentionsSecret(stderr, secret) ? "" : stderr);
  if (/\block(ed)?\b/i.test(told)) {
    return fail("storage_locked", `The store of ${program} is locked: ${told}.`, {
      hint: hint`unlock it, then try again.`,
      details: { backend, reason: "locked" },
    });
  }
  const known = knownHelpers.flatMap(({ errors = [] }) => errors).find(({ pattern }) => pattern.test(told));
  if (known !== undefined) return failed(known.reason, told, known.hint);
  return failed("failed", told || (code === null ? "it crashed" : `it ended with exit code ${code}`), look);
}

/** A helper may print a secret that it got or holds. */
function mentionsSecret(text: string, secret: string | undefined): boolean {
  return (
    /"(Secret|apiKey|accessToken|refreshToken|write|read|repositories)\\*"/i.test(text) ||
    (secret !== undefined && text.includes(secret))
  );
}

/** The failure for an answer that breaks the protocol. */
export function unexpectedAnswer(asked: Asked): FailureError {
  const { program, backend } = asked;
  return fail(codeOf(asked), `${program} did not answer as a credential helper does.`, {
    hint: hint`check that ${program} is a Docker credential helper, or ${anotherHelper}`,
    details: { backend, reason: "garbage" },
  });
}

function codeOf({ action }: Asked) {
  return action === "store" || action === "erase" ? "storage_write_failed" : "storage_unavailable";
}
