import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { liveAtClassicRegistry } from "../account-life/classic.ts";
import { liveAtCurrentRegistry } from "../account-life/current.ts";
import { createStage } from "../account-life/stage.ts";
import { createMachine } from "../hexuser-environment.ts";
import { startRegistry } from "../registry.ts";

const lives = [
  { kind: "classic-2021", live: liveAtClassicRegistry },
  { kind: "classic-2026", live: liveAtClassicRegistry },
  { kind: "current", live: liveAtCurrentRegistry },
  { kind: "current-basic-off", live: liveAtCurrentRegistry },
] as const;

describe.each(lives)("the life of an account at $kind", ({ kind, live }) => {
  it("goes from register to deauth", { timeout: 60_000 }, async () => {
    const registry = await startRegistry(kind);
    const machine = createMachine({ HEX_API_URL: registry.apiUrl });
    try {
      await live(createStage(registry, machine, { tell: () => {} }));
      // mix hex looks there unless HEX_HOME is set.
      expect(existsSync(join(machine.home, ".hex"))).toBe(false);
    } finally {
      await registry.close();
      machine.remove();
    }
  });
});
