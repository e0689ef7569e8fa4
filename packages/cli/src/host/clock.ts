import type { Clock } from "@hexuser/core";

/** Timers of Node can't wait longer; in milliseconds. */
const longestSleep = 2 ** 31 - 1;

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
        Math.min(Math.max(0, milliseconds), longestSleep),
      );
      if (signal?.aborted) abort();
      signal?.addEventListener("abort", abort, { once: true });
    }),
};
