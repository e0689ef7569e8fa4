import { type AnyOperation, isSignInMissing } from "@hexuser/core";
import { carryOutForm } from "../carry-out-form.ts";
import { beginForm } from "../form.ts";
import { askChoice } from "../questions/ask-choice.ts";
import { back } from "../questions/back.ts";
import { afterStep, type FlowEnd, operationOf, registryOf, type WizardRun } from "../wizard-run.ts";
import { makeKeyFlow } from "./make-key.ts";
import { carryOutAny } from "./other.ts";
import { type ListedKey, revokeKeysFlow } from "./revoke-keys.ts";

/** Makes, replaces and revokes keys, for people who don't know the flags. */
export async function keysFlow(run: WizardRun): Promise<FlowEnd> {
  const { screen, host } = run;
  const listing = operationOf(run, "key.list");
  for (;;) {
    screen.heading(`Your keys at ${registryOf(run)}`);
    screen.say(
      "A key lets a program act for your account, without your password, and only as far as you allow.",
    );
    const list = await carryOutForm(listing, beginForm([]), run);
    if (list === back) return back;
    if (!list.ok && isSignInMissing(list.failure)) return list;
    const keys = list.ok ? (list.output.keys as readonly ListedKey[]) : undefined;
    if (list.ok) screen.output(listing, list.output);
    else screen.failure(list.failure);
    const others = host.operations.flatMap((value) =>
      value.choice?.beside === listing ? [{ ...value.choice, value }] : [],
    );
    const chosen = await askChoice<"make" | "revoke" | AnyOperation>(host.terminal, {
      message: "What do you want to do?",
      canGoBack: run.canGoBack,
      choices: [
        { value: "make", name: "Make a key", means: "For a CI job, another machine or another program." },
        ...(keys === undefined || keys.length === 0
          ? []
          : [
              {
                value: "revoke",
                name: "Revoke keys",
                means: "What uses them can't act for your account any more, at once.",
              } as const,
              ...others,
            ]),
      ],
    });
    if (chosen === back) return back;
    const end = await afterStep(run, () =>
      chosen === "make"
        ? makeKeyFlow(run)
        : chosen === "revoke"
          ? revokeKeysFlow(run, keys ?? [])
          : carryOutAny(chosen, run),
    );
    if (end !== back) return end;
  }
}
