import { defineConfig } from "vitest/config";

/** One configuration for every package; Nx gives the package as the root. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    passWithNoTests: false,
    allowOnly: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ["default", ["json", { outputFile: ".results/vitest.json" }]],
  },
});
