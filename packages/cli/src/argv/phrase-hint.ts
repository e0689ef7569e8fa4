import {
  type Event,
  type Failure,
  type Hint,
  joinHint,
  type Mention,
  type Outcome,
  type PublishedEvent,
  type PublishedFailure,
  phraseHint,
  toFlagName,
} from "@hexuser/core";
import { ownFlags } from "./command-flags.ts";
import { joinWords } from "./command-line.ts";
import type { CommandDescription } from "./front-end.ts";
import { type FlagDescription, globalFlags } from "./global-flags.ts";

/** The words before the hint of a failure. */
export const hintLabel = "To fix:";

const flags: readonly FlagDescription[] = [...globalFlags, ...ownFlags];

/** Names something as the command line has it: `hexuser auth --with-key`, --otp or HEX_OTP. */
export function nameMention(mention: Mention, command?: CommandDescription): string {
  if ("call" in mention) return `\`${nameCall(mention)}\``;
  if ("field" in mention) return `--${toFlagName(mention.field)}`;
  if ("option" in mention) return nameFlag(toFlagName(mention.option), mention.value);
  return nameFlag(flagOf(mention.answer, command) ?? mention.answer);
}

/** Puts a hint into the words of the command line. */
export function inWords(hint: Hint): string {
  return phraseHint(hint, nameMention);
}

/** Puts a hint into the line after an error: "To fix: sign in with `hexuser auth`." */
export function toFix(hint: Hint, name = nameMention): string {
  return `${hintLabel} ${phraseHint(hint, name)}`;
}

/** Joins a message and its hint, for a notice or a warning. */
export function withHint(message: string, hint: Hint = [], name = nameMention): string {
  return joinHint(message, hint, name);
}

/** Turns a failure into its form for other programs. */
export function publishFailure({ hint, ...failure }: Failure, name = nameMention): PublishedFailure {
  return hint === undefined ? failure : { ...failure, hint: toFix(hint, name) };
}

/** Turns an outcome into its form for other programs. */
export function publishOutcome(outcome: Outcome) {
  return outcome.ok ? outcome : { ok: false, failure: publishFailure(outcome.failure) };
}

/** Turns an event into its form for other programs. */
export function publishEvent(event: Event): PublishedEvent {
  if (event.type !== "notice" && event.type !== "warning") return event;
  return { type: event.type, message: withHint(event.message, event.hint) };
}

function nameCall({ call, about, given = {} }: Extract<Mention, { call: string }>): string {
  const flags = Object.entries(given).flatMap(([name, value]) => {
    const flag = `--${flagOf(name) ?? toFlagName(name)}`;
    return value === true ? [flag] : [flag, String(value)];
  });
  return joinWords(call, about === undefined ? [] : [about].flat(), flags);
}

function flagOf(answer: string, command?: CommandDescription): string | undefined {
  const own = command === undefined ? ownFlags : ownFlags.filter(({ isTakenBy }) => isTakenBy(command));
  const all: readonly FlagDescription[] = [...globalFlags, ...own];
  return all.find(({ answers }) => answers?.some((name) => name === answer))?.name;
}

function nameFlag(name: string, value?: string): string {
  if (value !== undefined) return `--${name} ${value}`;
  const variable = flags.find((flag) => flag.name === name)?.env;
  return variable === undefined ? `--${name}` : `--${name} or ${variable}`;
}
