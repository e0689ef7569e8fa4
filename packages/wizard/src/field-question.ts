import { type AnyOperation, askedFields, checkText, type Field, inputField, parseText } from "@hexuser/core";
import { inputId, type Question } from "./form.ts";
import { askChoice } from "./questions/ask-choice.ts";
import { askText } from "./questions/ask-text.ts";
import { askYesNo } from "./questions/ask-yes-no.ts";
import { back } from "./questions/back.ts";
import type { WizardRun } from "./wizard-run.ts";

/** What a flow may say of a question beyond the schema. */
export interface FieldWords {
  /** In place of the schema's description. */
  readonly description?: string;
  /** Offered until something was answered. */
  readonly preset?: string;
  /** An operation has asked for it, so it can't stay empty, whatever the schema allows. */
  readonly isWanted?: boolean;
}

/** Makes the questions for all fields of an operation's input, but those for which a flow has questions of its own. */
export function fieldQuestions(
  operation: AnyOperation,
  run: Pick<WizardRun, "host" | "screen">,
  own: readonly string[] = [],
): Question[] {
  const names = askedFields(operation).map(({ name }) => name);
  return names.filter((name) => !own.includes(name)).map((name) => fieldQuestion(operation, name, run));
}

/** Makes the question for a field of an operation's input, from its schema alone. */
export function fieldQuestion(
  operation: AnyOperation,
  name: string,
  { host: { terminal }, screen }: Pick<WizardRun, "host" | "screen">,
  words: FieldWords = {},
): Question {
  const field = inputField(operation, name);
  const description = words.description ?? field.description;
  return {
    id: inputId(name),
    async ask(kept) {
      if (description !== undefined) screen.say(asSentence(description));
      if (field.kind === "boolean") {
        return askYesNo(terminal, { message: `${field.title}?`, preset: kept === true });
      }
      if (field.choices !== undefined) return askEnum(field, field.choices, kept, terminal);
      const preset = kept === undefined ? words.preset : toText(kept);
      const mayStayEmpty = field.isOptional && words.isWanted !== true;
      const typed = await askText(terminal, {
        message: mayStayEmpty && preset === undefined ? `${field.title} (may stay empty)` : field.title,
        preset,
        check: (text) => (text === "" && mayStayEmpty) || checkText(field, text),
      });
      if (typed === back) return back;
      return typed === "" && mayStayEmpty ? undefined : parseText(field, typed);
    },
  };
}

async function askEnum(
  field: Field,
  choices: readonly string[],
  kept: unknown,
  terminal: WizardRun["host"]["terminal"],
) {
  const none = field.isOptional ? [{ value: undefined, name: "Leave it open" }] : [];
  return askChoice<unknown>(terminal, {
    message: `${field.title}:`,
    choices: [...none, ...choices.map((value) => ({ value, name: value }))],
    preset: kept,
  });
}

function toText(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}

function asSentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
