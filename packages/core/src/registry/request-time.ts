import type { Context } from "../context.ts";
import type { HttpResponse } from "../transport.ts";

/** The time that one request may take, with its redirects and repetitions. */
export interface RequestTime {
  /** Milliseconds for all of it. */
  readonly limit: number;
  /** The milliseconds that are left; zero or less after the end. */
  left(): number;
  /** Takes out milliseconds in which nothing was sent, because the registry asked to wait. */
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
    // A clock that is put back gives no more time than there was.
    left: () => Math.min(limit, limit - (clock.now() - began - held)),
    hold: (milliseconds) => {
      held += milliseconds;
    },
  };
}

/** Milliseconds; how long a request waits because the registry asks for it, where the person doesn't say. */
export const usualMaxWait = 61_000;

/**
 * Reads how long the registry asks to wait before the request is sent again, in whole seconds, one at least; nothing
 * where it doesn't ask. `Retry-After` (RFC 9110, 10.2.3) counts for a 429 and a 503, `x-ratelimit-reset` for a 429.
 *
 * The registry answers 429 to too many wrong two-factor codes as well, with the ordinary headers that tell of requests
 * left: that is never waited out.
 */
export function askedWait({ status, headers }: HttpResponse, now: number): number | undefined {
  const remaining = headers["x-ratelimit-remaining"];
  if (status !== 503 && (status !== 429 || (remaining !== undefined && remaining !== "0"))) return undefined;
  // The registry's clock tells when its window ends; this machine's may be wrong.
  const registryNow = Date.parse(headers.date ?? "") || now;
  const seconds =
    readRetryAfter(headers["retry-after"], registryNow) ??
    (status === 429 && remaining === "0"
      ? Number(headers["x-ratelimit-reset"]) - registryNow / 1000
      : Number.NaN);
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : undefined;
}

/** A number of seconds, or a date. */
function readRetryAfter(text: string | undefined, registryNow: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : (date - registryNow) / 1000;
}
