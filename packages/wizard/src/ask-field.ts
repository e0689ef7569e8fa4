import { checkText, type Field, type Offer, parseText } from "@hexuser/core";
import { askChoice } from "./questions/ask-choice.ts";
import { askSeveral } from "./questions/ask-several.ts";
import { askText } from "./questions/ask-text.ts";
import { askYesNo } from "./questions/ask-yes-no.ts";
import { type Back, back } from "./questions/back.ts";
import type { Terminal } from "./terminal.ts";

/** The circumstances of a question for a field. */
export interface FieldState {
  /** The person's previous answer, which is suggested again. */
  readonly kept?: unknown;
  /** The suggestion if there is no previous answer. */
  readonly preset?: unknown;
  /** Whether Enter alone leaves the field out. */
  readonly mayStayEmpty?: boolean;
  /** Whether a list ends with an entry that goes back. */
  readonly canGoBack?: boolean | undefined;
}

/**
 * Asks for a field of an operation's input, until the answer fits the schema. The schema decides whether it's a yes or
 * no, a list of choices, or a line of text.
 */
export async function askField(
  field: Field,
  terminal: Terminal,
  { kept, preset, mayStayEmpty = false, canGoBack = terminal.canGoBack }: FieldState = {},
): Promise<unknown | Back> {
  const { title, kind, choices, offers } = field;
  if (kind === "boolean") return askYesNo(terminal, { message: `${title}?`, preset: kept === true });
  if (offers !== undefined && kind === "list")
    return askOfSeveral(field, offers, terminal, toList(kept ?? preset));
  if (offers !== undefined)
    return askOfOffers(field, offers, terminal, { before: kept ?? preset, canGoBack });
  if (choices !== undefined) {
    const none = mayStayEmpty ? [{ value: undefined, name: "Leave it open" }] : [];
    const named = [...none, ...choices.map((value) => ({ value, name: value }))];
    return askChoice<unknown>(terminal, {
      message: questionOf(field),
      choices: named,
      preset: kept,
      canGoBack,
    });
  }
  const offered = kept ?? preset;
  const typed = await askText(terminal, {
    message: mayStayEmpty && offered === undefined ? `${title} (may stay empty)` : title,
    preset: offered === undefined ? undefined : toList(offered).join(", "),
    check: (text) => (text === "" && mayStayEmpty) || checkText(field, text),
  });
  if (typed === back) return back;
  return typed === "" && mayStayEmpty ? undefined : parseText(field, typed);
}

/** Asks for one of the offered values, or for a typed one. */
async function askOfOffers(
  field: Field,
  offers: readonly Offer[],
  terminal: Terminal,
  { before, canGoBack }: { readonly before: unknown; readonly canGoBack: boolean },
): Promise<unknown | Back> {
  const text = before === undefined ? undefined : String(before);
  const isBegun = ({ value = "", asks }: Offer) => asks !== undefined && text?.startsWith(value) === true;
  let preset = offers.find(({ value }) => value === text) ?? offers.find(isBegun);
  const rest = preset?.asks === undefined ? undefined : text?.slice(preset.value?.length);
  for (;;) {
    const message = questionOf(field);
    const choices = offers.map(toChoice);
    const chosen = await askChoice(terminal, { message, choices, preset, canGoBack });
    if (chosen === back || chosen.asks === undefined) return chosen === back ? back : chosen.value;
    preset = chosen;
    const typed = await askRest(field, chosen, terminal, rest);
    if (typed !== back) return parseText(field, (chosen.value ?? "") + typed);
  }
}

/** Asks for any number of the offered values. Going back from a name leads to the previous name, or to the list. */
async function askOfSeveral(
  field: Field,
  offers: readonly Offer[],
  terminal: Terminal,
  before: readonly string[],
): Promise<string[] | Back> {
  const rests = new Map<Offer, string>();
  for (const offer of offers) {
    const { asks, value = "" } = offer;
    const begun = asks === undefined ? undefined : before.find((one) => one.startsWith(value));
    if (begun !== undefined) rests.set(offer, begun.slice(value.length));
  }
  let ticked: readonly Offer[] = offers.filter(
    (offer) => rests.has(offer) || before.includes(offer.value ?? ""),
  );
  for (;;) {
    const chosen = await askSeveral(terminal, {
      message: questionOf(field),
      choices: offers.map(toChoice),
      preset: ticked,
      least: "Choose at least one.",
    });
    if (chosen === back) return back;
    ticked = chosen;
    const open = chosen.filter(({ asks }) => asks !== undefined);
    let at = 0;
    for (; at >= 0 && at < open.length; ) {
      const offer = open[at] as Offer;
      const typed = await askRest(field, offer, terminal, rests.get(offer));
      if (typed !== back) rests.set(offer, typed);
      at += typed === back ? -1 : 1;
    }
    if (at >= 0) return chosen.map((offer) => (offer.value ?? "") + (rests.get(offer) ?? ""));
  }
}

function askRest(field: Field, { value = "", asks = "" }: Offer, terminal: Terminal, preset?: string) {
  const check = (text: string) =>
    text === "" ? "The name must not be empty." : checkText(field, value + text);
  return askText(terminal, { message: asks, preset, check });
}

function questionOf({ question, title }: Field): string {
  return question ?? `${title}:`;
}

function toChoice(offer: Offer) {
  return { value: offer, name: offer.name ?? offer.value ?? "", means: offer.means };
}

function toList(value: unknown): readonly string[] {
  return value === undefined ? [] : Array.isArray(value) ? value.map(String) : [String(value)];
}
