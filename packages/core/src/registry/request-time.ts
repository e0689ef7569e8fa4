import type { Context } from "../context.ts";

/** The time that one request may take, with its redirects and repetitions. */
export interface RequestTime {
  /** Milliseconds that are left; none, or less, when it's over. */
  left(): number;
  /** Takes out milliseconds in which nothing was sent, because the registry asked to wait. */
  hold(milliseconds: number): void;
}

/** Starts the clock of a request. */
export function startRequestTime({ registry, clock }: Pick<Context, "registry" | "clock">): RequestTime {
  const { timeout } = registry;
  const began = clock.now();
  let held = 0;
  return {
    // A clock that is put back gives no more time than there was.
    left: () => Math.min(timeout, timeout - (clock.now() - began - held)),
    hold: (milliseconds) => {
      held += milliseconds;
    },
  };
}
