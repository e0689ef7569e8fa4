import type { Hint } from "./hint.ts";

/** An output as people see it, without its looks: each front end renders it in its own way. */
export interface Display {
  /** A single value that the person asked for, such as a username or a secret. */
  readonly value?: string | undefined;
  readonly list?: List | undefined;
  /** A text that hexuser wrote, with line breaks that stay. */
  readonly text?: string | undefined;
  /** Sentences, each on its own line. A quiet front end leaves them out. */
  readonly notices?: readonly Sentence[] | undefined;
  /** Sentences that a quiet front end shows as well. */
  readonly warnings?: readonly Sentence[] | undefined;
  /** Sentences for people who want to know more. */
  readonly details?: readonly Sentence[] | undefined;
}

type Sentence = string | Hint;

export interface List {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** Each row is a block of lines, at any width, with exact times. */
  readonly isBlock?: true | undefined;
}

export interface Column {
  readonly title: string;
  /** `time`: the cells are times in ISO 8601. `mark`: the cells say whether the row is marked. */
  readonly kind?: "time" | "mark" | undefined;
  /** The text for an empty cell. By default the cell stays empty. */
  readonly absent?: string | undefined;
  /** What a mark means, as a sentence. */
  readonly means?: string | undefined;
}

export type Cell = string | readonly string[] | boolean | null;

/** Returns a sentence that lists names, or an empty list if there are no names. */
export function namesLine(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(", ")}.`];
}

/** `2026-11-24T14:12:00.123456Z` → `2026-11-24 14:12 UTC`. Any other text stays unchanged. */
export function tellTime(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

const minute = 60_000;
const day = 1440 * minute;
/** Each unit, its length and the distance from which it's used, in milliseconds. */
const units = [
  ["year", 365.25 * day, 730 * day],
  ["month", 30.44 * day, 60 * day],
  ["day", day, day],
  ["hour", 60 * minute, 60 * minute],
  ["minute", minute, 0],
] as const;

/**
 * Says in words how far away a time is. Returns `undefined` for a text that isn't a time.
 *
 * @param now milliseconds since the UNIX epoch
 * @example tellDistance("2026-11-24T14:12:00Z", Date.parse("2026-11-26T15:00:00Z")) // "2 days ago"
 */
export function tellDistance(time: string, now: number): string | undefined {
  const distance = Date.parse(time) - now;
  if (Number.isNaN(distance)) return undefined;
  for (const [unit, length, least] of units) {
    if (Math.abs(distance) < least) continue;
    const count = Math.max(1, Math.round(Math.abs(distance) / length));
    const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
    return distance < 0 ? `${words} ago` : `in ${words}`;
  }
  return undefined;
}

/** Days before a key expires. People are warned from then on. */
const soon = 14;

/** Returns a warning if a key expires within 14 days, and an empty list otherwise. */
export function warnOfExpiry(name: string, expiresAt: string | null, now: number): string[] {
  const distance = expiresAt === null ? undefined : tellDistance(expiresAt, now);
  if (expiresAt === null || distance === undefined || Date.parse(expiresAt) > now + soon * day) return [];
  const verb = distance.endsWith("ago") ? "expired" : "expires";
  return [
    `The key ${name} ${verb} ${distance}, on ${tellTime(expiresAt)}. Make a new one for the programs that use it.`,
  ];
}
