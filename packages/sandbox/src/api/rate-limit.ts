import { type ApiContext, refusal } from "./answer.ts";
import { clientAddress } from "./authentication.ts";

const minute = 60_000;

/** Counts requests by sender within each minute of the clock. */
export type RequestCounts = Map<string, { minute: number; count: number }>;

/**
 * Counts a request against the limit of its user (or else its address), and notes what is left in the answer's
 * headers.
 * @throws Refusal (429) when the limit is exceeded
 */
export function limitRate(c: ApiContext, counts: RequestCounts): void {
  const { settings, clock, generation } = c.var.registry;
  const address = clientAddress(c);
  const loopback = address === "::1" || address.startsWith("127.");
  const counted = generation.throttlesIndex || c.req.path.startsWith("/api/");
  if (!counted || (loopback && !settings.limitLoopback)) {
    return;
  }
  const { userId = null, organizationId = null } = c.var.identity?.owner ?? {};
  const sender =
    userId !== null
      ? `user ${userId}`
      : organizationId !== null
        ? `organization ${organizationId}`
        : `IP ${address}`;
  const limit = c.var.identity ? settings.userRateLimit : settings.addressRateLimit;
  const now = Math.floor(clock.now() / minute);
  const before = counts.get(sender);
  const count = before?.minute === now ? before.count + 1 : 1;
  counts.set(sender, { minute: now, count });
  c.header("x-ratelimit-limit", String(limit));
  c.header("x-ratelimit-remaining", String(Math.max(0, limit - count)));
  c.header("x-ratelimit-reset", String(((now + 1) * minute) / 1000));
  if (count > limit) {
    throw refusal(429, `API rate limit exceeded for ${sender}`);
  }
}
