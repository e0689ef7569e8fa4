import { z } from "zod";
import { refuseField } from "../failure.ts";
import { hint } from "../hint.ts";

/**
 * A name or an address that a person types. White space at its ends is removed, and the rest must not be empty.
 *
 * @param longest characters
 */
export function shortText(longest: number) {
  return z
    .string({ error: ({ input }) => (input === undefined ? "is missing" : undefined) })
    .trim()
    .min(1, "must not be empty")
    .max(longest, `must have at most ${longest} characters`);
}

/** Milliseconds. */
const unit = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
/** Days. A time further away is probably a typing mistake. */
const furthest = 36_500;

/** A length of time: `90d`, `12h`, `4w`. */
export const spanSchema = () =>
  z
    .string()
    .trim()
    .regex(/^\d{1,6}[hdw]$/, { error: "must be written like 90d, 12h or 4w" });

/**
 * Reads a length of time.
 *
 * @param text as `spanSchema` takes it
 * @returns milliseconds
 */
export function parseSpan(text: string): number {
  return Number(text.slice(0, -1)) * unit[text.slice(-1) as keyof typeof unit];
}

/** `90d`, `12h`, `4w` from now, a date (`2027-01-31`, its end in UTC) or a point in time (ISO 8601 with its zone). */
export const expirySchema = () =>
  z
    .string()
    .trim()
    .max(60)
    .regex(/^(\d{1,6}[hdw]|\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)$/, {
      error: "must be written like 90d, 12h, 4w, 2027-01-31 or 2027-01-31T12:00:00Z",
    });

/**
 * Finds the time at which a key expires. Fails with `invalid_input` if the date doesn't exist, is in the past, or is
 * more than a hundred years away.
 *
 * @param text as `expirySchema` takes it
 * @param now milliseconds since the UNIX epoch
 * @returns ISO 8601, in UTC
 */
export function parseExpiry(text: string, now: number): string {
  const time = readTime(text, now);
  if (time === undefined)
    throw refuseField("expires", "must be a date that exists", hint`give a date of the calendar.`);
  if (time <= now) throw refuseField("expires", "must be in the future", hint`give a time in the future.`);
  if (time > now + furthest * unit.d) {
    const leaveOut = hint`leave it out for a key that doesn't expire.`;
    throw refuseField("expires", "must not be more than a hundred years away", leaveOut);
  }
  return new Date(time).toISOString();
}

function readTime(text: string, now: number): number | undefined {
  if (spanSchema().safeParse(text).success) return now + parseSpan(text);
  const time = Date.parse(text.includes("T") ? text : `${text}T23:59:59Z`);
  const [year, month, day] = text.slice(0, 10).split("-").map(Number) as [number, number, number];
  // Date.parse turns the 31st of February into the 3rd of March.
  const exists = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
  return Number.isNaN(time) || !exists ? undefined : time;
}
