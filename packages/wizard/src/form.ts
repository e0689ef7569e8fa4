import { type Back, back } from "./questions/back.ts";

/** One question of a form, and how to get its answer. */
export interface Question {
  /** `input.username`, `answer.otp`, or a name of the flow's own. */
  readonly id: string;
  /** The operation asked for it because of the current answers. */
  readonly isDemanded?: boolean;
  /** Tells whether to ask it, by the current answers. */
  applies?(values: Values): boolean;
  /** `kept`: the previous answer, which it suggests. */
  ask(kept: unknown, values: Values, canGoBack: boolean): Promise<unknown | Back>;
}

export type Values = ReadonlyMap<string, unknown>;

/**
 * The questions of one flow in their order, and the answers. The form asks a question if it has no answer yet, or if
 * its answer has to be reviewed. All other answers stay.
 */
export interface Form {
  readonly questions: Question[];
  readonly values: Map<string, unknown>;
  /** Questions to ask again although they have an answer. */
  readonly again: Set<string>;
}

/**
 * Begins a form. `known`: answers from elsewhere. The form doesn't ask for them, but the person can go back to them.
 */
export function beginForm(
  questions: readonly Question[],
  known: Readonly<Record<string, unknown>> = {},
): Form {
  const given = Object.entries(known).filter(([, value]) => value !== undefined);
  return { questions: [...questions], values: new Map(given), again: new Set() };
}

/**
 * Asks the open questions. Going back repeats the previous question and then returns to the current one. Returns `back`
 * if the person goes back from the first one.
 */
export async function fillForm(form: Form, canGoBack = true): Promise<"filled" | Back> {
  for (;;) {
    const asked = form.questions.filter((question) => question.applies?.(form.values) ?? true);
    const index = asked.findIndex(({ id }) => !form.values.has(id) || form.again.has(id));
    const question = asked[index];
    if (question === undefined) return "filled";
    const kept = form.values.get(question.id);
    const answer = await question.ask(kept, form.values, index > 0 || canGoBack);
    if (answer === back) {
      const before = asked[index - 1];
      if (before === undefined) return back;
      form.again.add(before.id);
      continue;
    }
    const isChanged = form.values.has(question.id) && answer !== kept;
    form.values.set(question.id, answer);
    form.again.delete(question.id);
    if (isChanged) dropDemands(form);
  }
}

/** After a changed answer, the operation may no longer want the other answers. If it does, it asks again. */
function dropDemands({ questions, values, again }: Form): void {
  for (const { id } of questions.filter((each) => each.isDemanded === true && !values.has(each.id))) {
    questions.splice(
      questions.findIndex((question) => question.id === id),
      1,
    );
    again.delete(id);
  }
}

const inputPrefix = "input.";
const answerPrefix = "answer.";

/** The id of the question for a field of the input. */
export const inputId = (field: string): string => inputPrefix + field;
/** The id of the question for one of the answers. */
export const answerId = (answer: string): string => answerPrefix + answer;

/** The input from the form, without the fields that the person left out. */
export function inputOf(form: Form): Record<string, unknown> {
  return pick(form, inputPrefix);
}

/** The answers that the form holds. */
export function answersOf(form: Form): Record<string, unknown> {
  return pick(form, answerPrefix);
}

function pick({ questions, values }: Form, prefix: string): Record<string, unknown> {
  const isHidden = (id: string) =>
    questions.some((question) => question.id === id && question.applies?.(values) === false);
  return Object.fromEntries(
    [...values]
      .filter(([id, value]) => id.startsWith(prefix) && value !== undefined && !isHidden(id))
      .map(([id, value]) => [id.slice(prefix.length), value]),
  );
}
