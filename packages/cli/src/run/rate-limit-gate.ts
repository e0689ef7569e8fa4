import {
  askedWait,
  type Clock,
  type Emit,
  type HttpResponse,
  type Registry,
  type Transport,
  usualMaxWait,
} from "@hexuser/core";

/** Holds requests back while the registry would refuse them. */
export interface RateLimitGate {
  readonly http: Transport;
  /** Whether nothing is sent for now. */
  isClosed(): boolean;
}

/** Milliseconds. Registries count by the minute, so no limit that they tell of lasts longer. */
const longestWindow = 61_000;
/** Milliseconds; the registry's minute must have begun when the next request arrives. */
const margin = 250;
/** Milliseconds. Ends that are closer together are the same one, because clocks are exact only to a second. */
const sameWindow = 2000;

/**
 * Watches what answers tell of the rate limit (`x-ratelimit-remaining`, `x-ratelimit-reset` in seconds since 1970, or
 * `Retry-After`),
 * and lets signed requests through as long as there are some left. Those in flight count as used, and where nothing
 * is known, one goes ahead. Requests without credentials are counted apart by registries, and pass.
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
  /** Then the registry is asked, and its refusal is what the call ends with. */
  const isTooLong = () => endsAt - clock.now() > maxWait;

  /** Waits until a request may go, and counts it at once: others wait for the same. */
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
    // The registry's clock tells how long its window still lasts; this machine's may be wrong.
    const registryNow = Date.parse(headers.date ?? "") || now;
    const lasts = Math.min(Math.max(0, reset * 1000 - registryNow), longestWindow);
    const ends = now + lasts + margin;
    if (known() !== undefined && ends < endsAt - sameWindow) return;
    const isSame = known() !== undefined && ends < endsAt + sameWindow;
    // Answers overtake each other: of one window, the smallest number is the newest.
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
