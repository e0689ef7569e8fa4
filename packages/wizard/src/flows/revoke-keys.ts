import type { Outcome } from "@hexuser/core";
import { carryOutForm } from "../carry-out-form.ts";
import { fieldQuestions } from "../field-question.ts";
import { beginForm, inputId, inputOf } from "../form.ts";
import { askSeveral } from "../questions/ask-several.ts";
import { askYesNo } from "../questions/ask-yes-no.ts";
import { back } from "../questions/back.ts";
import { type FlowEnd, operationOf, showCommand, type WizardRun } from "../wizard-run.ts";

/** A key as `key.list` tells of it. */
export interface ListedKey {
  readonly name: string;
  readonly permissions: readonly string[];
  readonly lastUse: { readonly usedAt: string | null } | null;
  readonly inUse: boolean;
}

/** Has keys ticked in a list that tells when each was last used, and revokes them one after the other. */
export async function revokeKeys(run: WizardRun, keys: readonly ListedKey[]): Promise<FlowEnd> {
  const { screen, host } = run;
  const { escapeText, terminal } = host;
  let ticked: readonly string[] = [];
  for (;;) {
    const chosen = await askSeveral(terminal, {
      message: "Which keys shall be revoked?",
      choices: keys.map((key) => ({
        value: key.name,
        name: escapeText(key.name),
        means: escapeText(describeKey(key)),
      })),
      preset: ticked,
      least: "choose at least one, or go back",
    });
    if (chosen === back) return back;
    ticked = chosen;
    const message = `Revoke ${escapeText(chosen.join(", "))}? This can't be undone.`;
    const isSure = await askYesNo(terminal, { message, preset: false });
    if (isSure === true) break;
    if (isSure === false) screen.say("Nothing was revoked.");
  }
  return revokeEach(run, ticked);
}

async function revokeEach(run: WizardRun, names: readonly string[]): Promise<Outcome> {
  const operation = operationOf(run, "key.revoke");
  const form = beginForm(fieldQuestions(operation, run, ["name", "all"]));
  const revoked: string[] = [];
  let last: Outcome | undefined;
  for (const name of names) {
    form.values.set(inputId("name"), name);
    const outcome = await carryOutForm(operation, form, run);
    if (outcome === back) {
      run.screen.say(
        revoked.length === 0 ? "Nothing was revoked." : `Revoked so far: ${revoked.join(", ")}.`,
      );
      break;
    }
    last = outcome;
    if (!outcome.ok) return outcome;
    revoked.push(name);
    run.done.push(`The key ${name} was revoked.`);
    run.screen.say(`Revoked: ${name}.`);
    if (outcome.output.forgotten === true) {
      run.screen.say("This machine used it: it is forgotten here, so sign in again.");
    }
  }
  if (revoked.length > 0)
    showCommand(
      run,
      revoked.map((name) => [operation, { ...inputOf(form), name }] as const),
    );
  return last ?? { ok: true, output: { revoked: [] } };
}

function describeKey({ permissions, lastUse, inUse }: ListedKey): string {
  const used = lastUse?.usedAt ?? null;
  return [
    `May: ${permissions.join(", ")}.`,
    used === null ? "Never used." : `Last used on ${used.slice(0, 10)}.`,
    ...(inUse ? ["This machine uses it."] : []),
  ].join(" ");
}
