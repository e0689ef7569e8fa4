import type { Context } from "../context.ts";
import type { HttpResponse } from "../transport.ts";

/** The time that one request may take, including its redirects and repetitions. */
export interface RequestTime {
  /** Milliseconds for all of it. */
  readonly limit: number;
  /** The remaining milliseconds. Zero or less after the end. */
  left(): number;
  /** Excludes milliseconds in which the request had to wait, for instance because the registry asked for it. */
  hold(milliseconds: number): void;
}

/**
 * Starts the clock of a request.
 *
 * @param least milliseconds that the request may take even if the registry's limit is shorter
 */
export function startRequestTime(
  { registry, clock }: Pick<Context, "registry" | "clock">,
  least = 0,
): RequestTime {
  const limit = Math.max(registry.timeout, least);
  const began = clock.now();
  let held = 0;
  return {
    limit,
    // If the clock is set back, the time doesn't grow beyond the limit.
    left: () => Math.min(limit, limit - (clock.now() - began - held)),
    hold: (milliseconds) => {
      held += milliseconds;
    },
  };
}

/** Milliseconds that a request waits if the registry asks for it, unless the person says otherwise. */
export const usualMaxWait = 61_000;

/**
 * Reads how long the registry asks to wait before the next request, in whole seconds, at least 1. Returns `undefined`
 * if it doesn't ask. `Retry-After` (RFC 9110, 10.2.3) counts for a 429 and a 503, `x-ratelimit-reset` for a 429.
 *
 * The registry also answers 429 to too many wrong two-factor codes. Its headers then say that there are requests left,
 * so this isn't a reason to wait.
 */
export function askedWait({ status, headers }: HttpResponse, now: number): number | undefined {
  const remaining = headers["x-ratelimit-remaining"];
  if (status !== 503 && (status !== 429 || (remaining !== undefined && remaining !== "0"))) return undefined;
  // The window ends by the registry's clock. This machine's clock may be wrong.
  const registryNow = Date.parse(headers.date ?? "") || now;
  const seconds =
    readRetryAfter(headers["retry-after"], registryNow) ??
    (status === 429 && remaining === "0"
      ? Number(headers["x-ratelimit-reset"]) - registryNow / 1000
      : Number.NaN);
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : undefined;
}

/** Reads a number of seconds, or a date. */
function readRetryAfter(text: string | undefined, registryNow: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : (date - registryNow) / 1000;
}
