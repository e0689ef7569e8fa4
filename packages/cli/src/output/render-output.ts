import type { Display } from "@hexuser/core";
import { inWords } from "../argv/phrase-hint.ts";
import type { Interaction } from "../host/interaction.ts";
import { escapeText, toSafeJson } from "../text/escape-text.ts";
import { renderList, renderTsv } from "./render-list.ts";

/** An output for people: data for standard output, and sentences for standard error. */
export interface Rendered {
  readonly data: string | undefined;
  readonly notices: readonly string[];
  /** Shown even with --quiet. */
  readonly warnings: readonly string[];
  readonly details: readonly string[];
}

/** An operation that can say how to show its output. */
export interface Shown {
  // biome-ignore lint/suspicious/noExplicitAny: `execute` has checked the output by the operation's own schema
  show?(output: any, now: number): Display;
}

/**
 * Puts an output into words for a terminal or a pipe. Without words of its own, it is shown as JSON. Names of keys and
 * accounts may contain line breaks, so each value and each sentence is kept on one line.
 */
export function renderOutput(
  { show }: Shown,
  output: Readonly<Record<string, unknown>>,
  { colors, width, isTsv }: Pick<Interaction, "colors" | "width" | "isTsv">,
  now = Date.now(),
): Rendered {
  const shown = show?.(output, now) ?? { text: toSafeJson(output) };
  const { value, list, text, notices, warnings, details } = shown;
  const inLines = (sentences: Display["notices"] = []) =>
    sentences.map((each) => escapeText(typeof each === "string" ? each : inWords(each)));
  return {
    data:
      list === undefined
        ? (text?.trimEnd() ?? (value && escapeText(value)))
        : isTsv
          ? renderTsv(list)
          : renderList(list, { width, hasColors: colors.out, now }),
    notices: inLines(notices),
    warnings: inLines(warnings),
    details: inLines(details),
  };
}
