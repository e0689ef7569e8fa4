import { FailureError, fail, hint, type Outcome } from "@hexuser/core";
import { publishOutcome } from "../argv/phrase-hint.ts";
import { lostSecret } from "../output/lost-secret.ts";
import { toSafeJson } from "../text/escape-text.ts";
import type { PlannedCall } from "./check-calls.ts";

/**
 * Writes the outcome of a call on its own line to standard output. Fails with `storage_write_failed` if it can't be
 * written or the reader has gone away, because the outcomes are the purpose of a run.
 */
export function writeOutcome({ number, operation }: PlannedCall, outcome: Outcome): Promise<void> {
  const line = `${toSafeJson({ call: number, operation: operation.id, ...publishOutcome(outcome) }, "line")}\n`;
  return new Promise((resolve, reject) => {
    process.stdout.write(line, (error) => {
      const { code } = (error ?? {}) as NodeJS.ErrnoException;
      const lost = outcome.ok ? lostSecret(operation, outcome.output) : undefined;
      if (error === null || error === undefined) resolve();
      else if (lost !== undefined) reject(new FailureError(lost()));
      else if (code === "EPIPE" || code === "ERR_STREAM_DESTROYED") reject(readerGone(number, error));
      else reject(notWritten(number, code, error));
    });
  });
}

function readerGone(number: number, cause: unknown) {
  return fail(
    "storage_write_failed",
    `The reader of standard output went away before it read the outcome of call ${number}.`,
    { hint: hint`read standard output to its end, or write it to a file.`, cause },
  );
}

function notWritten(number: number, code: string | undefined, cause: unknown) {
  return fail(
    "storage_write_failed",
    `The outcome of call ${number} could not be written to standard output (${code ?? "an unexpected error"}).`,
    { hint: hint`make room where it is written to, or write it elsewhere.`, cause },
  );
}
