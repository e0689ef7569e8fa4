import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { liveAtClassicRegistry } from "../account-life/classic.ts";
import { liveAtCurrentRegistry } from "../account-life/current.ts";
import { createStage } from "../account-life/stage.ts";
import { createMachine } from "../hexuser-environment.ts";
import { startRegistry } from "../registry.ts";

const lives = [
  { generation: "classic-2021", live: liveAtClassicRegistry },
  { generation: "classic-2026", live: liveAtClassicRegistry },
  { generation: "current", live: liveAtCurrentRegistry },
  { generation: "current-basic-off", live: liveAtCurrentRegistry },
] as const;

describe.each(lives)("the life of an account at $generation", ({ generation, live }) => {
  it("goes from register to deauth", { timeout: 60_000 }, async () => {
    const registry = await startRegistry(generation);
    const machine = createMachine({ HEX_API_URL: registry.apiUrl });
    try {
      await live(createStage(registry, machine, { tell: () => {} }));
      // Where mix hex looks when HEX_HOME does not say otherwise.
      expect(existsSync(join(machine.home, ".hex"))).toBe(false);
    } finally {
      await registry.close();
      machine.remove();
    }
  });
});
