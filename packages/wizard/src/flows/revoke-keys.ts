import { isSignInMissing, type Outcome } from "@hexuser/core";
import { carryOutForm } from "../carry-out-form.ts";
import { fieldQuestions } from "../field-question.ts";
import { beginForm, inputId, inputOf } from "../form.ts";
import { askSeveral } from "../questions/ask-several.ts";
import { askYesNo } from "../questions/ask-yes-no.ts";
import { back } from "../questions/back.ts";
import { type FlowEnd, operationOf, showCommand, type WizardRun } from "../wizard-run.ts";

/** A key in the output of `key.list`. */
export interface ListedKey {
  readonly name: string;
  readonly permissions: readonly string[];
  readonly lastUse: { readonly usedAt: string | null } | null;
  readonly inUse: boolean;
}

/** Lets the person tick keys in a list that shows their last use, and revokes them one after the other. */
export async function revokeKeysFlow(run: WizardRun, keys: readonly ListedKey[]): Promise<FlowEnd> {
  const { screen, host } = run;
  const { escapeText, terminal } = host;
  let ticked: readonly string[] = [];
  for (;;) {
    const chosen = await askSeveral(terminal, {
      message: "Which keys do you want to revoke?",
      choices: keys.map((key) => ({
        value: key.name,
        name: escapeText(key.name),
        means: escapeText(describeKey(key)),
      })),
      preset: ticked,
      least: "Choose at least one, or go back.",
    });
    if (chosen === back) return back;
    ticked = chosen;
    screen.say(`Chosen: ${chosen.join(", ")}. Revoking can't be undone.`);
    const message = chosen.length === 1 ? "Revoke it?" : "Revoke them?";
    const isSure = await askYesNo(terminal, { message, preset: false });
    if (isSure === true) break;
    if (isSure === false) screen.say("Nothing was revoked.");
  }
  // The key that signs comes last, because the others can't be revoked without it.
  const isInUse = (name: string) => keys.some((key) => key.name === name && key.inUse);
  return revokeEach(
    run,
    [...ticked].sort((one, other) => Number(isInUse(one)) - Number(isInUse(other))),
  );
}

async function revokeEach(run: WizardRun, names: readonly string[]): Promise<Outcome> {
  const { screen } = run;
  const operation = operationOf(run, "key.revoke");
  const form = beginForm(fieldQuestions(operation, run, ["name", "all"]));
  const revoked: string[] = [];
  let last: Outcome = { ok: true, output: { revoked } };
  for (const name of names) {
    form.values.set(inputId("name"), name);
    // If this revokes a key of this machine's sign-in, the next one asks the person to sign in again.
    const end = await carryOutForm(operation, form, run);
    if (end === back) break;
    if (!end.ok && end.failure.code === "not_found") {
      screen.say(`There is no key ${name} any more.`);
      continue;
    }
    // Without the key that was revoked, the others stay until somebody signs in again.
    if (!end.ok && isSignInMissing(end.failure) && revoked.length > 0) break;
    last = end;
    if (!end.ok) break;
    revoked.push(name);
    run.done.push(`The key ${name} was revoked.`);
    screen.say(`Revoked: ${name}.`);
    if (end.output.forgotten === true) screen.say("This machine used it: it is forgotten here.");
  }
  const left = names.filter((name) => !revoked.includes(name));
  if (revoked.length === 0) screen.say("Nothing was revoked.");
  else if (left.length > 0) screen.say(`Not revoked: ${left.join(", ")}.`);
  if (revoked.length > 0) {
    showCommand(
      run,
      revoked.map((name) => [operation, { ...inputOf(form), name }] as const),
    );
  }
  return last;
}

function describeKey({ permissions, lastUse, inUse }: ListedKey): string {
  const used = lastUse?.usedAt ?? null;
  return [
    `May: ${permissions.join(", ")}.`,
    used === null ? "Never used." : `Last used on ${used.slice(0, 10)}.`,
    ...(inUse ? ["This machine uses it."] : []),
  ].join(" ");
}
