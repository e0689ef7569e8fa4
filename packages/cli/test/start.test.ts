import { expect, it } from "vitest";
import { z } from "zod";

it("zod's configuration lies where it is set before zod is loaded", () => {
  expect(z.config()).toBe((globalThis as { __zod_globalConfig?: unknown }).__zod_globalConfig);
});
