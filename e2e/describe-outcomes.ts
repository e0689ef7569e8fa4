import { afterAll, beforeAll, describe, it } from "vitest";
import { fronts, type OutcomeCase, tryCase } from "./outcome-case.ts";
import { outcomeKinds, startRegistry, type TestRegistry } from "./registry.ts";

/** Makes a test of each row, for each registry and each front end of the row. */
export function describeOutcomes(rows: readonly OutcomeCase[]): void {
  describe.each(outcomeKinds)("on %s", (kind) => {
    let registry: TestRegistry;
    beforeAll(async () => {
      registry = await startRegistry(kind);
    });
    afterAll(() => registry.close());

    const meant = rows.filter(({ only }) => only === undefined || only === kind);
    for (const row of meant) {
      describe(row.title, () => {
        for (const front of fronts.filter((name) => name !== "terminal" || row.terminal !== false)) {
          it(front, () => tryCase(row, front, registry));
        }
      });
    }
  });
}
