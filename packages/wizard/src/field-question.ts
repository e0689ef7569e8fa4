import { type AnyOperation, askedFields, inputField } from "@hexuser/core";
import { askField } from "./ask-field.ts";
import { inputId, type Question } from "./form.ts";
import { contextOf, type WizardRun } from "./wizard-run.ts";

/** The words of a flow for a question, besides those of the schema. */
export interface FieldWords {
  /** Replaces the schema's description. */
  readonly description?: string;
  /** The suggested answer, until the person answers. */
  readonly preset?: string;
  /** An operation has asked for it, so it can't stay empty, whatever the schema allows. */
  readonly isWanted?: boolean;
}

/** Makes the questions for all fields of an operation's input, except those with the flow's own questions. */
export function fieldQuestions(
  operation: AnyOperation,
  run: Pick<WizardRun, "host" | "screen" | "backend">,
  own: readonly string[] = [],
): Question[] {
  const names = askedFields(operation).map(({ name }) => name);
  return names.filter((name) => !own.includes(name)).map((name) => fieldQuestion(operation, name, run));
}

/** Makes the question for a field of an operation's input, from its schema alone. */
export function fieldQuestion(
  operation: AnyOperation,
  name: string,
  run: Pick<WizardRun, "host" | "screen" | "backend">,
  words: FieldWords = {},
): Question {
  const field = inputField(operation, name);
  // A list explains each of its values.
  const description = words.description ?? (field.offers === undefined ? field.description : undefined);
  return {
    id: inputId(name),
    ask(kept, values, canGoBack) {
      if (description !== undefined) run.screen.say(asSentence(description));
      const isFirst = !values.has(inputId(name));
      return askField(field, run.host.terminal, {
        kept,
        preset: words.preset ?? (isFirst ? field.preset?.(contextOf(run)) : undefined),
        canGoBack,
        mayStayEmpty: field.isOptional && words.isWanted !== true,
      });
    },
  };
}

function asSentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
