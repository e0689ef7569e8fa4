import type { AnswerName } from "./answers.ts";

/** The options that a front end offers for every call. */
export type OptionName =
  | "allowHttp"
  | "apiUrl"
  | "backend"
  | "clientId"
  | "maxWait"
  | "profile"
  | "timeout"
  | "verbose";

/** Something that a hint mentions, as data. Each front end names it in its own way. */
export type Mention =
  | CallMention
  | { readonly answer: AnswerName }
  /** A field of the operation's input. */
  | { readonly field: string }
  | { readonly option: OptionName; readonly value?: string };

/** An operation, or a command of the front end, by its id. */
interface CallMention {
  readonly call: string;
  /** The argument, which a command line takes without a flag. */
  readonly about?: string | readonly string[];
  /** Fields of the input, answers and options, by their names. */
  readonly given?: Readonly<Record<string, string | true>>;
}

/**
 * Tells the person what to do next, in a sentence that begins with a small letter. It can be serialized as JSON, and
 * equal hints have equal parts.
 */
export type Hint = readonly (string | Mention)[];

/**
 * Makes a hint from a text with mentions. It can contain other hints.
 *
 * @example hint`sign in with ${{ call: "auth" }}, or give a key with ${{ answer: "key" }}.`
 */
export function hint(
  texts: TemplateStringsArray,
  ...parts: readonly (string | number | Mention | Hint)[]
): Hint {
  return texts.flatMap((text, index) => [text, ...listParts(parts[index])]).reduce(join, [] as Hint);
}

function listParts(part: string | number | Mention | Hint | undefined): Hint {
  if (part === undefined) return [];
  if (typeof part === "object") return Array.isArray(part) ? part : [part as Mention];
  return [String(part)];
}

function join(hint: Hint, part: string | Mention): Hint {
  const last = hint.at(-1);
  if (part === "") return hint;
  return typeof part === "string" && typeof last === "string"
    ? [...hint.slice(0, -1), last + part]
    : [...hint, part];
}

/** Puts a hint into words. `name` returns the front end's name for a mention. */
export function phraseHint(hint: Hint, name: (mention: Mention) => string): string {
  return hint.map((part) => (typeof part === "string" ? part : name(part))).join("");
}

/** Joins a message and its hint, for a notice or a warning. */
export function joinHint(message: string, hint: Hint = [], name: (mention: Mention) => string): string {
  const words = phraseHint(hint, name).trimStart();
  return words === "" ? message : `${message} ${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
