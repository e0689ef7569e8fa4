import type { AnyOperation, Outcome } from "@hexuser/core";
import { exitCodeOf } from "./exit-code.ts";
import { renderOutput } from "./output/render-output.ts";
import type { Reporter } from "./output/reporter.ts";
import type { Front } from "./setup/front.ts";

/** Writes what came of an operation, and gives the code that the process ends with. */
export async function report(
  operation: Pick<AnyOperation, "id">,
  outcome: Outcome,
  front: Front,
  reporter: Reporter,
): Promise<number> {
  const exitCode = outcome.ok ? 0 : exitCodeOf(outcome.failure);
  if (front.isJson) {
    await reporter.document(outcome);
  } else if (outcome.ok) {
    const {
      data,
      notices = [],
      warnings = [],
      details = [],
    } = renderOutput(operation, outcome.output, front);
    if (data !== undefined) await reporter.data(data);
    for (const notice of notices) reporter.notice(notice);
    for (const warning of warnings) reporter.warning(warning);
    for (const detail of details) reporter.detail(detail);
  } else {
    reporter.failure(outcome.failure);
  }
  return exitCode;
}
