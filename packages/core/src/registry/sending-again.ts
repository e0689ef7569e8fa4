import { hint } from "../hint.ts";
import type { HttpResponse, TransportError } from "../transport.ts";
import type { RegistryRequest, RequestContext } from "./follow-redirects.ts";
import { askedWait, type RequestTime, usualMaxWait } from "./request-time.ts";

/** The result of sending a request once. */
export type Attempt = { ok: true; response: HttpResponse } | { ok: false; error: TransportError };

const repetitions = 2;
const limitsWaited = 1;
/** Milliseconds. Each pause is four times as long as the one before, plus up to half as much again at random. */
const firstPause = 250;

/**
 * Makes a function that decides after each attempt whether to send the request again, and waits until then. It repeats
 * once after a rate limit that ends soon. It repeats a GET twice after a dropped connection or a 502, 503 or 504.
 */
export function createRepeater(
  request: RegistryRequest,
  ctx: RequestContext,
  time: RequestTime,
): (outcome: Attempt) => Promise<boolean> {
  const left = { limits: request.isImpatient === true ? 0 : limitsWaited, repetitions };
  let waitLeft = ctx.registry.maxWait ?? usualMaxWait;

  async function waitAsAsked(seconds: number, why: string): Promise<boolean> {
    const milliseconds = seconds * 1000;
    if (milliseconds > waitLeft) {
      ctx.emit({
        type: "notice",
        message: `The registry asks hexuser to wait ${seconds} s, which is longer than you allow.`,
        hint: hint`allow a longer wait with ${{ option: "maxWait" }}.`,
      });
      return false;
    }
    waitLeft -= milliseconds;
    ctx.emit({ type: "retry", why, seconds });
    await ctx.clock.sleep(milliseconds, ctx.signal);
    time.hold(milliseconds);
    return true;
  }

  return async (outcome) => {
    const asked = outcome.ok ? askedWait(outcome.response, ctx.clock.now()) : undefined;
    if (outcome.ok && outcome.response.status === 429) {
      if (asked === undefined || left.limits === 0) return false;
      left.limits -= 1;
      return waitAsAsked(asked, "The registry's rate limit is reached.");
    }
    if (request.method !== "GET" || left.repetitions === 0 || !isBrief(outcome)) return false;
    const pause = firstPause * 4 ** (repetitions - left.repetitions) * (1 + Math.random() / 2);
    left.repetitions -= 1;
    if (asked !== undefined) return waitAsAsked(asked, "The registry isn't available for now.");
    if (pause >= time.left()) return false;
    await ctx.clock.sleep(pause, ctx.signal);
    return true;
  };
}

/** Tells whether the cause is likely to disappear within a second. */
function isBrief(outcome: Attempt): boolean {
  return outcome.ok ? [502, 503, 504].includes(outcome.response.status) : outcome.error.kind === "dropped";
}
