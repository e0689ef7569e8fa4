import type { AnyOperation, Failure, Outcome } from "@hexuser/core";
import type { Front } from "../host/front.ts";
import { exitCodeOf } from "./exit-code.ts";
import { type Lost, lostSecret } from "./lost-secret.ts";
import { renderOutput, type Shown } from "./render-output.ts";
import type { Reporter } from "./reporter.ts";

/** Writes what came of an operation, and gives the code that the process ends with. */
export async function report(
  operation: Shown & Partial<AnyOperation>,
  outcome: Outcome,
  front: Front,
  reporter: Reporter,
): Promise<number> {
  const lost = outcome.ok ? lostSecret(operation, outcome.output) : undefined;
  let failure = outcome.ok ? undefined : outcome.failure;
  if (front.isJson) {
    const undelivered = await whenLost(reporter.document(outcome), lost);
    if (undelivered !== undefined) reporter.failure(undelivered);
    failure ??= undelivered;
  } else if (outcome.ok) {
    const { data, notices, warnings, details } = renderOutput(operation, outcome.output, front);
    failure = data === undefined ? undefined : await whenLost(reporter.data(data), lost);
    if (failure !== undefined) reporter.failure(failure);
    else for (const notice of notices) reporter.notice(notice);
    for (const warning of warnings) reporter.warning(warning);
    for (const detail of details) reporter.detail(detail);
  } else {
    reporter.failure(outcome.failure);
  }
  return failure === undefined ? 0 : exitCodeOf(failure);
}

/**
 * Gives the failure where output that can't be had again reached nobody. What can be had again may stay unread, but
 * fails where it could not be written.
 */
export async function whenLost(
  written: Promise<boolean>,
  lost: Lost | undefined,
): Promise<Failure | undefined> {
  if (lost === undefined) {
    await written;
    return undefined;
  }
  return (await written.catch(() => false)) ? undefined : lost();
}
