import { type FailureError, fail, type PlainReason } from "@hexuser/core";
import { readableText } from "../process/readable-text.ts";
import type { ProgramEnd } from "../process/run-program.ts";

/** What a helper was asked to do. */
export interface Asked {
  /** As in `--backend`: `helper:pass`. */
  readonly backend: string;
  /** The name of the program, or its path. */
  readonly program: string;
  readonly action: "get" | "store" | "erase" | "list";
  /** Milliseconds. */
  readonly limit: number;
  /** What must not come back to be shown. */
  readonly secret?: string | undefined;
}

/** What to do where pass can't encrypt yet. */
export const setUpPass =
  "set pass up with `pass init KEY`, where KEY is a GPG key of yours (`gpg --list-secret-keys` shows them).";

const doing = {
  get: "read the credentials",
  list: "list the credentials",
  store: "keep the credentials",
  erase: "remove the credentials",
} as const;

/** Why a helper did not do what it was asked to. */
export function helperFailure(asked: Asked, end: ProgramEnd): FailureError {
  const { backend, program, action, limit } = asked;
  const writing = action === "store" || action === "erase";
  const failed = (reason: PlainReason, why: string, hint: string, cause?: unknown) =>
    fail(
      writing ? "storage_write_failed" : "storage_unavailable",
      `${program} could not ${doing[action]}: ${why}.`,
      {
        hint,
        details: { backend, reason },
        cause,
      },
    );
  const look = `run \`${program} list\` to see whether it works here, then try again.`;
  switch (end.end) {
    case "late":
      return failed(
        "late",
        `it did not come to an end within ${limit / 1000} seconds`,
        "unlock what it reads beforehand (its key, its vault), or sign in there, then try again.",
      );
    case "too_much":
      return failed("too_much", "it printed more than a credential helper does", look);
    case "not_text":
      return failed("garbage", "its answer is no text", look);
    case "broken":
      return failed(
        "broken",
        "it could not be started",
        "check that the program is one for this system.",
        end.cause,
      );
    case "exit":
      return exitFailure(asked, end, failed, look);
  }
}

/** A helper told, on its stdout, what is wrong; or it crashed. */
function exitFailure(
  { program, backend, secret }: Asked,
  { code, stdout, stderr }: Extract<ProgramEnd, { end: "exit" }>,
  failed: (reason: PlainReason, why: string, hint: string) => FailureError,
  look: string,
): FailureError {
  const told =
    readableText(mentionsSecret(stdout, secret) ? "" : stdout) ||
    readableText(mentionsSecret(stderr, secret) ? "" : stderr);
  if (/\block(ed)?\b/i.test(told)) {
    return fail("storage_locked", `What ${program} reads is locked: ${told}.`, {
      hint: "unlock it, then try again.",
      details: { backend, reason: "locked" },
    });
  }
  if (/pass not initialized|password store is empty/i.test(told)) {
    return failed("not_set_up", told, setUpPass);
  }
  if (/No secret key|No pinentry|decryption failed/i.test(told)) {
    return failed(
      "no_key",
      told,
      "check that the GPG key is here and can be unlocked: `gpg --list-secret-keys`.",
    );
  }
  return failed("failed", told || (code === null ? "it crashed" : `it ended with exit code ${code}`), look);
}

/** What a helper prints may quote what it was given, or what it keeps. */
function mentionsSecret(text: string, secret: string | undefined): boolean {
  return (
    /"(Secret|apiKey|accessToken|refreshToken|write|read|repositories)\\*"/i.test(text) ||
    (secret !== undefined && text.includes(secret))
  );
}

/** What it answered is not what the protocol says. */
export function unexpectedAnswer({ program, action, backend }: Asked): FailureError {
  return fail(
    action === "store" || action === "erase" ? "storage_write_failed" : "storage_unavailable",
    `${program} did not answer as a credential helper does.`,
    {
      hint: `check that ${program} is a Docker credential helper, or name another one with --backend helper:NAME.`,
      details: { backend, reason: "garbage" },
    },
  );
}
