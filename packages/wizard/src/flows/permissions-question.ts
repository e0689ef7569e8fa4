import { type AnyOperation, checkText, inputField } from "@hexuser/core";
import { inputId, type Question } from "../form.ts";
import { askSeveral } from "../questions/ask-several.ts";
import { askText } from "../questions/ask-text.ts";
import { type Back, back } from "../questions/back.ts";
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
  const field = inputField(operation, "permissions");
  const { terminal } = run.host;
  return {
    id: inputId("permissions"),
    async ask(kept) {
      const before = Array.isArray(kept) ? (kept as readonly string[]) : defaultOf(field.schema);
      const names = namesIn(before);
      let ticked: readonly string[] = known
        .map(({ value }) => value)
        .filter((value) => before.includes(value) || names.has(value));
      for (;;) {
        const chosen = await askSeveral<string>(terminal, {
          message: "What may the key do?",
          choices: known,
          preset: ticked,
          least: "choose at least one",
        });
        if (chosen === back) return back;
        ticked = chosen;
        const named = await nameEach(chosen, names);
        if (named !== back) return named;
      }
    },
  };

  /** Goes back from one name to the name before, and from the first to the list. `names` holds what was typed. */
  async function nameEach(chosen: readonly string[], names: Map<string, string>): Promise<string[] | Back> {
    const nameless = chosen.filter((permission) => permission.endsWith(":"));
    for (let at = 0; at < nameless.length; ) {
      const permission = nameless[at] ?? "";
      const name = await askText(terminal, {
        message: examples[permission] ?? permission,
        preset: names.get(permission),
        check: (text) => (text === "" ? "must not be empty" : checkText(field, permission + text)),
      });
      if (name === back && at === 0) return back;
      if (name !== back) names.set(permission, name);
      at += name === back ? -1 : 1;
    }
    return chosen.map((permission) => permission + (names.get(permission) ?? ""));
  }
}

/** The names in permissions, by the part before them: `docs:acme` is `acme` of `docs:`. */
function namesIn(permissions: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { value } of known) {
    const named = value.endsWith(":") ? permissions.find((one) => one.startsWith(value)) : undefined;
    if (named !== undefined) names.set(value, named.slice(value.length));
  }
  return names;
}

/** What the operation takes when nothing is given. */
function defaultOf(schema: { safeParse(value: unknown): { data?: unknown } }): readonly string[] {
  const { data } = schema.safeParse(undefined);
  return Array.isArray(data) ? data : [];
}
