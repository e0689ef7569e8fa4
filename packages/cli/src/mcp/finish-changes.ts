import type { Transport } from "@hexuser/core";

/** Milliseconds that a change has which is under way: more when a call was cancelled than when the process ends. */
interface Patience {
  readonly cancelled: number;
  readonly ending: number;
}

const usual: Patience = { cancelled: 15_000, ending: 1_000 };

/**
 * Lets a request that changes something come to its answer for a while, although its call was cancelled. Who gives it up
 * at once never learns what was made, and can't take it back. One that has not begun doesn't begin.
 *
 * @param ending given when the process is to end, which happens soon in any case
 */
export function finishChanges(http: Transport, ending: AbortSignal, patience = usual): Transport {
  return async (request) => {
    const { method, signal } = request;
    if (method === "GET" || signal === undefined || signal.aborted) return http(request);
    const late = new AbortController();
    const timers: NodeJS.Timeout[] = [];
    const giveUpIn = (milliseconds: number) => {
      timers.push(setTimeout(() => late.abort(), milliseconds));
    };
    const cancelled = () => giveUpIn(patience.cancelled);
    const ends = () => giveUpIn(patience.ending);
    signal.addEventListener("abort", cancelled, { once: true });
    ending.addEventListener("abort", ends, { once: true });
    try {
      return await http({ ...request, signal: late.signal });
    } finally {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener("abort", cancelled);
      ending.removeEventListener("abort", ends);
    }
  };
}
