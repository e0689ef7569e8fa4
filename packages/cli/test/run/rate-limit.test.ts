import type { Clock, Event, HttpRequest, HttpResponse, Transport } from "@hexuser/core";
import { describe, expect, it } from "vitest";
import { createRateLimitGate } from "../../src/run/rate-limit-gate.ts";

/** A clock that moves when everybody waits for it. */
function createTestClock(start: number) {
  let time = start;
  const sleepers: { until: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => time,
    sleep: (milliseconds) =>
      new Promise((wake) => {
        sleepers.push({ until: time + milliseconds, wake });
      }),
  };
  async function runUntil(done: Promise<unknown>): Promise<void> {
    let isDone = false;
    void done.then(() => {
      isDone = true;
    });
    for (;;) {
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      if (isDone) return;
      sleepers.sort((one, other) => one.until - other.until);
      const next = sleepers.shift();
      if (next === undefined) throw new Error("nobody waits, and it is not done");
      time = Math.max(time, next.until);
      next.wake();
    }
  }
  return { clock, runUntil };
}

/** A registry that counts requests per minute of its own clock. */
function createRegistry(clock: Clock, limit: number, ahead: number) {
  let window = -1;
  let count = 0;
  const refused: number[] = [];
  const times: number[] = [];
  const http: Transport = async () => {
    await clock.sleep(5);
    const now = clock.now() + ahead;
    const current = Math.floor(now / 60_000);
    count = current === window ? count + 1 : 1;
    window = current;
    const status = count > limit ? 429 : 200;
    if (status === 429) refused.push(now);
    times.push(clock.now());
    const headers = {
      date: new Date(Math.floor(now / 1000) * 1000).toUTCString(),
      "x-ratelimit-remaining": String(Math.max(0, limit - count)),
      "x-ratelimit-reset": String((current + 1) * 60),
    };
    await clock.sleep(5);
    return { status, headers, body: "" };
  };
  return { http, refused, times };
}

const request: HttpRequest = {
  method: "DELETE",
  url: "https://registry.test/api/keys/a",
  headers: { authorization: "key" },
  timeout: 1000,
};

async function send(http: Transport, requests: number, parallel: number): Promise<HttpResponse[]> {
  const answers: HttpResponse[] = [];
  let sent = 0;
  const worker = async () => {
    while (sent < requests) {
      sent += 1;
      answers.push(await http(request));
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return answers;
}

describe("the registry's rate limit", () => {
  it.each([
    [1, 0],
    [8, 0],
    [32, 0],
    [8, 3_600_000],
    [8, -3_600_000],
  ])(
    "of 500 a minute is never reached by %i requests at a time, with the registry's clock %i ms ahead",
    async (parallel, ahead) => {
      const { clock, runUntil } = createTestClock(Date.UTC(2026, 10, 24, 12, 0, 40));
      const registry = createRegistry(clock, 500, ahead);
      const events: Event[] = [];
      const gate = createRateLimitGate(registry.http, { clock, emit: (event) => events.push(event) });
      const begun = clock.now();
      const sending = send(gate.http, 1600, parallel);
      await runUntil(sending);
      expect((await sending).every(({ status }) => status === 200)).toBe(true);
      expect(registry.refused).toEqual([]);
      // It used up three windows and waited exactly until their ends.
      expect(events.map(({ type }) => type)).toEqual(["retry", "retry", "retry"]);
      expect(clock.now() - begun).toBeLessThan(4 * 60_000);
    },
  );

  it("of three a minute delays eight requests at once", async () => {
    const { clock, runUntil } = createTestClock(Date.UTC(2026, 10, 24, 12));
    const registry = createRegistry(clock, 3, 0);
    const gate = createRateLimitGate(registry.http, { clock, emit: () => {} });
    await runUntil(send(gate.http, 20, 8));
    expect(registry.refused).toEqual([]);
  });

  it("delays requests even if others use it up", async () => {
    const { clock, runUntil } = createTestClock(Date.UTC(2026, 10, 24, 12));
    const registry = createRegistry(clock, 10, 0);
    const gate = createRateLimitGate(registry.http, { clock, emit: () => {} });
    await runUntil(send(registry.http, 15, 5));
    const first = gate.http(request);
    await runUntil(first);
    expect((await first).status).toBe(429);
    expect(gate.isClosed()).toBe(true);
    const second = gate.http(request);
    await runUntil(second);
    expect((await second).status).toBe(200);
  });

  it("doesn't delay requests that don't count, or without a limit", async () => {
    const { clock, runUntil } = createTestClock(0);
    let open = 0;
    let most = 0;
    const http: Transport = async () => {
      open += 1;
      most = Math.max(most, open);
      await clock.sleep(5);
      open -= 1;
      return { status: 200, headers: {}, body: "" };
    };
    const gate = createRateLimitGate(http, { clock, emit: () => {} });
    await runUntil(send(gate.http, 30, 6));
    expect(most).toBe(6);
  });

  it("delays no request for more than a minute if its numbers are strange", async () => {
    const { clock, runUntil } = createTestClock(Date.UTC(2026, 10, 24, 12));
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "999999999999999" };
    const gate = createRateLimitGate(async () => ({ status: 200, headers, body: "" }), {
      clock,
      emit: () => {},
    });
    const begun = clock.now();
    await runUntil(send(gate.http, 2, 1));
    expect(clock.now() - begun).toBeLessThan(62_000);
  });
});
