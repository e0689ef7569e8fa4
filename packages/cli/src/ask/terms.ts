import { type CallState, type Context, fail, hint, termsPages } from "@hexuser/core";
import type { AskContext } from "./execute-for-person.ts";

/**
 * Shows the registry's terms before an account is made, and has them accepted where somebody can be asked.
 * Fails with `confirmation_required` when they aren't.
 *
 * @param field the field of the input that accepts them
 */
export async function presentTerms(
  field: string,
  call: CallState,
  ctx: Pick<Context, "registry">,
  ask: AskContext,
): Promise<void> {
  const terminal = call.input[field] === undefined ? ask.terminal : undefined;
  // Nobody can be asked about what wasn't shown, however quiet it should be.
  const show = terminal !== undefined ? ask.reporter.instruction : ask.reporter.notice;
  show("By making an account you accept the registry's policies and terms:");
  for (const page of termsPages(ctx.registry)) show(`  ${page}`);
  if (terminal === undefined) return;
  const { confirm } = await import("@hexuser/wizard");
  if (!(await confirm("Do you accept them?", { ...terminal, default: false }))) {
    throw fail("confirmation_required", "The terms were not accepted, so no account was made.", {
      hint: hint`accept the terms when you are asked, or with --accept-terms.`,
    });
  }
  call.input = { ...call.input, [field]: true };
}
