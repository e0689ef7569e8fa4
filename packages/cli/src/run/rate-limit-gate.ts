import {
  askedWait,
  type Clock,
  type Emit,
  type HttpResponse,
  type Registry,
  type Transport,
  usualMaxWait,
} from "@hexuser/core";

/** Delays requests while the registry would refuse them. */
export interface RateLimitGate {
  readonly http: Transport;
  /** Tells whether no request may be sent now. */
  isClosed(): boolean;
}

/** Milliseconds. Registries count by the minute, so no limit lasts longer. */
const longestWindow = 61_000;
/** Milliseconds. The next request must arrive after the registry's next minute has begun. */
const margin = 250;
/** Milliseconds. Ends within this time of each other are the same, because clocks are exact only to a second. */
const sameWindow = 2000;

/**
 * Reads the rate limit from the answers (`x-ratelimit-remaining`, `x-ratelimit-reset` in seconds since 1970, or
 * `Retry-After`), and lets signed requests pass while some are left. Requests in flight count as used. If nothing is
 * known, only one request passes. Registries count requests without credentials separately, so they always pass.
 */
export function createRateLimitGate(
  http: Transport,
  { clock, emit, registry }: { clock: Clock; emit: Emit; registry?: Pick<Registry, "maxWait"> },
): RateLimitGate {
  const maxWait = (registry?.maxWait ?? usualMaxWait) + margin;
  let isLimited = true;
  let left: number | undefined;
  let endsAt = 0;
  let toldOf = 0;
  let inFlight = 0;
  let answered = Promise.withResolvers<void>();

  const known = () => (left !== undefined && clock.now() < endsAt ? left : undefined);
  /** In that case the request is sent, and the call ends with the registry's refusal. */
  const isTooLong = () => endsAt - clock.now() > maxWait;

  /** Waits until a request may pass, and counts it at once, because other requests wait as well. */
  async function pass(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const free = known();
      if (
        !isLimited ||
        (free === 0 && isTooLong()) ||
        (free === undefined ? inFlight === 0 : free > inFlight)
      ) {
        inFlight += 1;
        return;
      }
      if (inFlight > 0) {
        await answered.promise;
        continue;
      }
      if (toldOf !== endsAt) {
        toldOf = endsAt;
        const seconds = Math.ceil((endsAt - clock.now()) / 1000);
        emit({ type: "retry", why: "The registry takes no more requests for now.", seconds });
      }
      await clock.sleep(endsAt - clock.now(), signal);
    }
  }

  function learn(response: HttpResponse): void {
    const { headers } = response;
    const remaining = toNumber(headers["x-ratelimit-remaining"]);
    const reset = toNumber(headers["x-ratelimit-reset"]);
    if (remaining === undefined || reset === undefined) {
      const asked = askedWait(response, clock.now());
      if (asked !== undefined) {
        left = 0;
        endsAt = Math.max(endsAt, clock.now() + asked * 1000 + margin);
      }
      isLimited = known() !== undefined;
      return;
    }
    isLimited = true;
    const now = clock.now();
    // The window ends by the registry's clock. This machine's clock may be wrong.
    const registryNow = Date.parse(headers.date ?? "") || now;
    const lasts = Math.min(Math.max(0, reset * 1000 - registryNow), longestWindow);
    const ends = now + lasts + margin;
    if (known() !== undefined && ends < endsAt - sameWindow) return;
    const isSame = known() !== undefined && ends < endsAt + sameWindow;
    // Answers overtake each other. In one window, the smallest number is the newest.
    left = isSame ? Math.min(left ?? 0, remaining) : remaining;
    endsAt = isSame ? Math.max(endsAt, ends) : ends;
  }

  return {
    isClosed: () => known() === 0 && !isTooLong(),
    async http(request) {
      if (request.headers.authorization === undefined) return http(request);
      const came = clock.now();
      await pass(request.signal);
      request.onHeld?.(clock.now() - came);
      try {
        const response = await http(request);
        learn(response);
        return response;
      } finally {
        inFlight -= 1;
        answered.resolve();
        answered = Promise.withResolvers<void>();
      }
    },
  };
}

function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
