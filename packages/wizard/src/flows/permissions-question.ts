import type { AnyOperation } from "@hexuser/core";
import { inputId, type Question } from "../form.ts";
import { checkText, fieldOf } from "../input-field.ts";
import { askSeveral } from "../questions/ask-several.ts";
import { askText } from "../questions/ask-text.ts";
import { back } from "../questions/back.ts";
import type { WizardRun } from "../wizard-run.ts";

/** What each permission allows. Those that end in a colon need a name. */
const known = [
  { value: "api:read", name: "api:read", means: "Look at your account, packages and keys; change nothing." },
  {
    value: "api:write",
    name: "api:write",
    means: "Publish packages and change what your account may change.",
  },
  {
    value: "repositories",
    name: "repositories",
    means: "Fetch packages of every organization that you are in.",
  },
  {
    value: "repository:",
    name: "repository:…",
    means: "Fetch packages of one organization; you type its name.",
  },
  { value: "package:", name: "package:…", means: "Publish one package only; you type its name." },
  { value: "docs:", name: "docs:…", means: "Read the private documentation of one organization." },
] as const;

const examples: Readonly<Record<string, string>> = {
  "repository:": "Organization whose packages may be fetched",
  "package:": "Package that may be published (NAME or ORGANIZATION/NAME)",
  "docs:": "Organization whose documentation may be read",
};

/** Has permissions ticked in a list that says what each allows, and asks for the names that some of them need. */
export function permissionsQuestion(operation: AnyOperation, run: WizardRun): Question {
  const field = fieldOf(operation, "permissions");
  const { terminal } = run.host;
  return {
    id: inputId("permissions"),
    async ask(kept) {
      const before = Array.isArray(kept) ? (kept as readonly string[]) : defaultOf(field.schema);
      let ticked: readonly string[] = known
        .map(({ value }) => value)
        .filter((value) =>
          before.some((one) => one === value || (value.endsWith(":") && one.startsWith(value))),
        );
      for (;;) {
        const chosen = await askSeveral<string>(terminal, {
          message: "What may the key do?",
          choices: known,
          preset: ticked,
          least: "choose at least one",
        });
        if (chosen === back) return back;
        ticked = chosen;
        const named = await nameEach(chosen, before);
        if (named !== back) return named;
      }
    },
  };

  async function nameEach(chosen: readonly string[], before: readonly string[]) {
    const named: string[] = [];
    for (const permission of chosen) {
      if (!permission.endsWith(":")) {
        named.push(permission);
        continue;
      }
      const name = await askText(terminal, {
        message: examples[permission] ?? permission,
        preset: before.find((one) => one.startsWith(permission))?.slice(permission.length),
        check: (text) => (text === "" ? "must not be empty" : checkText(field, permission + text)),
      });
      if (name === back) return back;
      named.push(permission + name);
    }
    return named;
  }
}

/** What the operation takes when nothing is given. */
function defaultOf(schema: { safeParse(value: unknown): { data?: unknown } }): readonly string[] {
  const { data } = schema.safeParse(undefined);
  return Array.isArray(data) ? data : [];
}
