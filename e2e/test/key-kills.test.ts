import { afterAll, beforeAll, describe, expect, vi } from "vitest";
import { findKillPoints, keyCommands, killAt } from "../faults/kill-key-command.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { itWith, tracer } from "../requirements.ts";
import { createSetting } from "../setting.ts";

/** Each test runs many processes, one after the other; milliseconds, as a guard against hanging. */
vi.setConfig({ testTimeout: 3_600_000 });

/** How often each command is killed. By hand, a larger number tries all points. */
const kills = Number(process.env.HEXUSER_KILLS ?? 8);

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry("current-basic-off");
});
afterAll(() => registry.close());

describe("a killed command leaves working keys, and the next call leaves no key that nobody knows:", () => {
  for (const [title, command] of Object.entries(keyCommands))
    itWith(tracer)(title, async () => {
      const first = await createSetting(registry);
      const points = await findKillPoints(first, command);
      first.machine.remove();
      expect(points.length).toBeGreaterThan(50);
      const every = Math.max(1, points.length / kills);
      const chosen = Array.from(
        { length: Math.min(kills, points.length) },
        (_, index) => points[Math.floor(index * every)],
      );
      let killed = 0;
      for (const point of chosen.filter((each) => each !== undefined)) {
        const setting = await createSetting(registry);
        const { isKilled, wrong } = await killAt(setting, command, point);
        setting.machine.remove();
        expect(wrong, JSON.stringify(point)).toEqual([]);
        killed += Number(isKilled);
      }
      expect(killed).toBeGreaterThan(chosen.length / 2);
      if (process.env.HEXUSER_KILLS !== undefined)
        process.stderr.write(`${title}: ${killed} kills, ${points.length} points\n`);
    });
});
