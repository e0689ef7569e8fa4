import { type AnyOperation, type Failure, fail } from "@hexuser/core";
import { escapeText } from "../text/escape-text.ts";
import { beginCall, type CallState } from "./answer-needs.ts";
import { runOperation, type Session } from "./run-operation.ts";

/**
 * Has the account's name typed before something is destroyed that can't be brought back.
 * Gives the failure of finding out the name, if it can't be; fails with `confirmation_required` otherwise.
 */
export async function confirmDestruction(
  operation: AnyOperation,
  call: CallState,
  session: Session,
  isSpared: boolean,
): Promise<Failure | undefined> {
  const input = operation.input.safeParse(call.input);
  if (isSpared || !input.success || !operation.confirm?.(input.data)) return undefined;
  const { terminal } = session.ask;
  if (terminal === undefined) {
    throw fail("confirmation_required", "This can't be undone, and nobody can be asked for a confirmation.", {
      hint: "give --yes if you are sure.",
    });
  }
  const { whoami } = await import("@hexuser/core/operations/whoami");
  const who = beginCall({}, call.answers);
  const outcome = await runOperation(whoami, who, session);
  call.answers = who.answers;
  if (!outcome.ok) return outcome.failure;
  const name = String(outcome.output.username);
  session.ask.reporter.instruction("This can't be undone.");
  const { askTyped } = await import("@hexuser/wizard");
  const typed = await askTyped(`Type the account's name (${escapeText(name)}) to go on`, terminal);
  if (typed === name) return undefined;
  throw fail("confirmation_required", "That is not the account's name, so nothing was changed.", {
    hint: "run the command again, and type the name as it is shown.",
  });
}
