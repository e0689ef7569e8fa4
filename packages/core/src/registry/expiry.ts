import { fail } from "../failure.ts";

/** Milliseconds. */
const unit = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
/** Days; what is further away is most likely a slip. */
const furthest = 36_500;

/**
 * Reads when a key shall expire: `90d`, `12h`, `4w` from now, a date (`2027-01-31`, its end in UTC) or a point in
 * time (ISO 8601 with its zone).
 *
 * @param now milliseconds since the UNIX epoch
 * @returns ISO 8601, in UTC
 */
export function parseExpiry(text: string, now: number): string {
  const time = readTime(text.trim(), now);
  if (time === undefined) {
    throw fail("invalid_input", `expires: “${text.slice(0, 60)}” is neither a time from now nor a date.`, {
      hint: "write it like 90d, 12h, 4w, 2027-01-31 or 2027-01-31T12:00:00Z.",
    });
  }
  if (time <= now) {
    throw fail("invalid_input", "expires: this lies in the past.", {
      hint: "give a time that lies in the future.",
    });
  }
  if (time > now + furthest * unit.d) {
    throw fail("invalid_input", "expires: this is more than a hundred years from now.", {
      hint: "leave it out for a key that doesn't expire.",
    });
  }
  return new Date(time).toISOString();
}

function readTime(text: string, now: number): number | undefined {
  const span = /^(\d{1,6})([hdw])$/.exec(text);
  if (span !== null) return now + Number(span[1]) * unit[span[2] as keyof typeof unit];
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.test(text) ? `${text}T23:59:59Z` : text;
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(date)) return undefined;
  const time = Date.parse(date);
  const day = Number(date.slice(8, 10));
  // Date.parse takes the 31st of February for the 3rd of March.
  const exists =
    new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1, day)).getUTCDate() === day;
  return Number.isNaN(time) || !exists ? undefined : time;
}
