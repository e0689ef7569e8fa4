import { afterAll, beforeAll, describe, it } from "vitest";
import { fronts, type OutcomeCase, tryCase } from "./outcome-case.ts";
import { outcomeGenerations, startRegistry, type TestRegistry } from "./registry.ts";

/** Makes a test of each row, for each registry and each front end of the row. */
export function describeOutcomes(rows: readonly OutcomeCase[]): void {
  describe.each(outcomeGenerations)("on %s", (generation) => {
    let registry: TestRegistry;
    beforeAll(async () => {
      registry = await startRegistry(generation);
    });
    afterAll(() => registry.close());

    const meant = rows.filter(({ only }) => only === undefined || only === generation);
    for (const row of meant) {
      describe(row.title, () => {
        for (const front of fronts.filter((name) => name !== "terminal" || row.terminal !== false)) {
          it(front, () => tryCase(row, front, registry));
        }
      });
    }
  });
}
