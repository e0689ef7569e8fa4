import { type Context, fail, sitePage } from "@hexuser/core";
import type { AskContext, CallState } from "./answer-needs.ts";

const policies = ["/policies/codeofconduct", "/policies/termsofservice", "/policies/privacy"];

/**
 * Shows the registry's terms before an account is made, and has them accepted where somebody can be asked.
 * Fails with `confirmation_required` when they aren't.
 */
export async function presentTerms(
  call: CallState,
  ctx: Pick<Context, "registry">,
  ask: AskContext,
): Promise<void> {
  ask.reporter.notice("By making an account you accept the registry's policies and terms:");
  for (const policy of policies) ask.reporter.notice(`  ${sitePage(ctx.registry, policy)}`);
  if (call.input.acceptTerms !== undefined || !ask.isInteractive) return;
  const { confirm } = await import("@hexuser/wizard");
  if (!(await confirm("Do you accept them?", { default: false, signal: ask.signal }))) {
    throw fail("confirmation_required", "The terms were not accepted, so no account was made.", {
      hint: "accept the terms when you are asked, or with --accept-terms.",
    });
  }
  call.input = { ...call.input, acceptTerms: true };
}
