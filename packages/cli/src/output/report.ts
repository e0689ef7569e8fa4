import {
  type AnyOperation,
  type Failure,
  handsOver,
  type Outcome,
  publishedOutput,
  secretFields,
} from "@hexuser/core";
import type { Interaction } from "../host/interaction.ts";
import { escapeText } from "../text/escape-text.ts";
import type { Delivery } from "./delivery.ts";
import { exitCodeOf } from "./exit-code.ts";
import { type Lost, lostSecret } from "./lost-secret.ts";
import { renderOutput, type Shown } from "./render-output.ts";
import type { Reporter } from "./reporter.ts";

/**
 * Writes the outcome of an operation. Returns the exit code.
 *
 * @param ways `phrase` puts a secret into the form that the person chose. `settle` does what is left to do once the output
 *   has reached its receiver or was lost, and returns its failure
 */
export async function report(
  operation: Shown & Partial<AnyOperation>,
  outcome: Outcome,
  interaction: Interaction,
  reporter: Reporter,
  { phrase, settle }: Ways = {},
): Promise<number> {
  const lost =
    outcome.ok && operation.leaves !== undefined ? lostSecret(operation, outcome.output) : undefined;
  let failure = outcome.ok ? undefined : outcome.failure;
  let isLost = false;
  if (interaction.isJson) {
    const written = await writeFiltered(operation, outcome, interaction, reporter);
    const undelivered = await whenLost(written.delivery, lost);
    for (const told of [written.failure, undelivered]) if (told !== undefined) reporter.failure(told);
    failure ??= undelivered ?? written.failure;
    isLost = undelivered !== undefined;
  } else if (outcome.ok) {
    const { data, notices, warnings, details } = renderOutput(operation, outcome.output, interaction);
    const text = lost === undefined ? data : (phrase?.(outcome.output) ?? data);
    failure = text === undefined ? undefined : await whenLost(reporter.data(text), lost);
    isLost = failure !== undefined;
    if (failure !== undefined) reporter.failure(failure);
    else for (const notice of [...notices, ...tellPlace(operation, outcome.output)]) reporter.notice(notice);
    for (const warning of warnings) reporter.warning(warning);
    for (const detail of details) reporter.detail(detail);
  } else {
    reporter.failure(outcome.failure);
  }
  const unsettled = outcome.ok ? await settle?.(!isLost) : undefined;
  if (unsettled !== undefined) reporter.failure(unsettled);
  failure ??= unsettled;
  return failure === undefined ? 0 : exitCodeOf(failure);
}

interface Ways {
  readonly phrase?: Delivery["phrase"] | undefined;
  readonly settle?: Settle | undefined;
}

/** Does what is left to do after an output. Returns the failure, if there is one. */
export type Settle = (isDelivered: boolean) => Promise<Failure | undefined>;

/** Says where the secret of an output is. */
function tellPlace(operation: Partial<AnyOperation>, output: Readonly<Record<string, unknown>>): string[] {
  if (!handsOver(operation)) return [];
  if (output.savedTo !== undefined) return [escapeText(`Its secret is in ${output.savedTo}.`)];
  const isShown = secretFields(operation as AnyOperation).some((name) => output[name] !== undefined);
  return isShown ? ["Its secret, on standard output, can't be shown again."] : [];
}

/**
 * Writes an outcome as JSON, filtered by `--fields` and `--jq`. If the filter fails, it writes the whole outcome, so
 * that nothing is lost.
 */
async function writeFiltered(
  operation: Partial<AnyOperation>,
  outcome: Outcome,
  { filter, width }: Interaction,
  reporter: Reporter,
): Promise<{ readonly delivery: Promise<boolean>; readonly failure?: Failure }> {
  if (!outcome.ok || filter === undefined) return { delivery: reporter.document(outcome) };
  const { filterOutput } = await import("./filter-output.ts");
  const output = operation.output && publishedOutput(operation);
  const filtered = await filterOutput({ output }, outcome.output, filter, width !== undefined);
  if ("lines" in filtered) {
    const { lines } = filtered;
    return { delivery: lines.length === 0 ? Promise.resolve(true) : reporter.data(lines.join("\n")) };
  }
  if ("outcome" in filtered) return { delivery: reporter.document(filtered.outcome) };
  return { delivery: reporter.document(outcome), failure: filtered.failure };
}

/**
 * Returns the failure for an output that reached nobody and can't be shown again. Any other output may stay unread, but
 * it fails if it can't be written.
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
