import { type CallState, type Context, fail, hint, termsPages } from "@hexuser/core";
import type { AskContext } from "./execute-for-person.ts";

/**
 * Shows the registry's terms before an account is made, and asks the person to accept them. Fails with
 * `confirmation_required` if nobody accepts them.
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
  // Even with --quiet, show the terms before asking the person to accept them.
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
