import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { carryOutInOrder } from "../../src/run/execute-calls.ts";

interface Step {
  readonly alone: boolean;
  readonly takes: number;
  readonly fails: boolean;
}

const anyStep = fc.record({
  alone: fc.boolean(),
  takes: fc.integer({ min: 0, max: 3 }),
  fails: fc.boolean(),
});

async function carryOut(steps: readonly Step[], parallel: number) {
  const running = new Set<number>();
  const finished: number[] = [];
  let begun = 0;
  const calls = steps.map((step, index) => ({ ...step, index }));
  await carryOutInOrder(calls, parallel, {
    isAlone: ({ alone }) => alone,
    async begin({ index, takes, alone }) {
      begun += 1;
      running.add(index);
      expect(running.size).toBeLessThanOrEqual(parallel);
      if (alone) expect(running.size).toBe(1);
      for (const other of running) if (other !== index) expect(steps[other]?.alone).toBe(false);
      await sleep(takes);
      running.delete(index);
      return index;
    },
    async finish({ index, fails }, given) {
      expect(given).toBe(index);
      finished.push(index);
      return !fails;
    },
    isStopped: () => false,
  });
  return { finished, begun };
}

describe("calls", () => {
  it("are finished in their order, run alone if they write, and don't begin after a failure", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { maxLength: 20 }),
        fc.integer({ min: 1, max: 5 }),
        async (steps, parallel) => {
          const { finished, begun } = await carryOut(steps, parallel);
          expect(finished).toEqual(finished.map((_, index) => index));
          expect(finished.length).toBe(begun);
          const failed = steps.findIndex(({ fails }) => fails);
          if (failed < 0) expect(begun).toBe(steps.length);
          // Only neighbours that only read may have begun before the failure was known.
          else expect(begun).toBeLessThanOrEqual(failed + parallel);
          const alone = steps.findIndex(({ alone }, index) => alone && failed >= 0 && index > failed);
          if (alone >= 0) expect(begun).toBeLessThanOrEqual(alone);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("that throw end the run after the calls in progress", async () => {
    let ended = 0;
    const all = carryOutInOrder([1, 2, 3], 3, {
      isAlone: () => false,
      async begin(call) {
        await sleep(call * 3);
        ended += 1;
        if (call === 1) throw new Error("broken");
      },
      finish: async () => true,
      isStopped: () => false,
    });
    await expect(all).rejects.toThrow("broken");
    expect(ended).toBe(3);
  });
});
