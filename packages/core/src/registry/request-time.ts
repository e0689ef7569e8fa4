import type { Context } from "../context.ts";

/** The time that one request may take, with its redirects and repetitions. */
export interface RequestTime {
  /** Milliseconds for all of it. */
  readonly limit: number;
  /** Milliseconds that are left; none, or less, when it's over. */
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
