import { type AnyOperation, type CallState, type Failure, fail, hint, type Outcome } from "@hexuser/core";
import { escapeText } from "../text/escape-text.ts";
import { type CallSetup, executeForPerson } from "./execute-for-person.ts";

/** What a call will destroy, and the name that the person types to confirm it. */
export interface Destruction {
  readonly name: string;
  readonly of: "account" | "organization";
  readonly what: string;
}

/**
 * Finds out what a call will destroy. Returns `undefined` if it destroys nothing, and the failed outcome if this can't
 * be found out.
 */
export async function findDestruction(
  operation: AnyOperation,
  call: CallState,
  setup: CallSetup,
): Promise<Destruction | Extract<Outcome, { ok: false }> | undefined> {
  const input = operation.input.safeParse(call.input);
  const confirmation = input.success ? operation.confirm?.(input.data) : undefined;
  if (confirmation === undefined) return undefined;
  const looking: CallState = { input: {}, answers: call.answers };
  let name = confirmation.organization;
  if (name === undefined) {
    const { whoami } = await import("@hexuser/core/operations/whoami");
    const who = await executeForPerson(whoami, looking, setup);
    if (!who.ok) return who;
    name = String(who.output.username);
  }
  looking.input = { ...confirmation.input };
  const seen = await executeForPerson(confirmation.look, looking, setup);
  // The person shouldn't have to answer again when the call itself runs.
  call.answers = looking.answers;
  if (!seen.ok) return seen;
  const what = confirmation.tell(seen.output);
  return what === undefined
    ? undefined
    : { name, of: confirmation.organization === undefined ? "account" : "organization", what };
}

/**
 * Asks the person to type the account's or the organization's name before something is destroyed. Returns the failure if hexuser can't find
 * out what will be destroyed. Fails with `confirmation_required` if the person types something else.
 */
export async function confirmDestruction(
  operation: AnyOperation,
  call: CallState,
  setup: CallSetup,
  isSpared: boolean,
): Promise<Failure | undefined> {
  const input = operation.input.safeParse(call.input);
  if (isSpared || !input.success || operation.confirm?.(input.data) === undefined) return undefined;
  const { terminal, reporter } = setup.ask;
  if (terminal === undefined) {
    throw fail("confirmation_required", "This can't be undone, and nobody can be asked for a confirmation.", {
      hint: hint`give --yes if you are sure.`,
    });
  }
  const found = await findDestruction(operation, call, setup);
  if (found === undefined) return undefined;
  if ("ok" in found) return found.failure;
  reporter.instruction(`${escapeText(found.what)} You can't undo this.`);
  const { askTyped } = await import("@hexuser/wizard");
  const typed = await askTyped(`Type the ${found.of}'s name (${escapeText(found.name)}) to go on`, terminal);
  if (typed === found.name) return undefined;
  throw fail("confirmation_required", `That is not the ${found.of}'s name, so nothing was changed.`, {
    hint: hint`run the command again, and type the name as it is shown.`,
  });
}
