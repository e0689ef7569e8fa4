import { describe, expect, it } from "vitest";
import { measure, median } from "../measure.ts";

const env = { PATH: process.env.PATH ?? "" };

describe("measure", () => {
  it("returns a time and a peak of memory for each round", async () => {
    const [big, small] = await measure(
      [
        {
          name: "big",
          command: [process.execPath, "-e", "0"],
          nodeArguments: ["-e", "globalThis.kept = Buffer.alloc(80 << 20, 1)"],
        },
        { name: "small", command: [process.execPath, "-e", "0"], nodeArguments: ["-e", "0"] },
      ],
      2,
      env,
    );
    expect([big?.times, big?.peaks, small?.times, small?.peaks].map((values) => values?.length)).toEqual([
      2, 2, 2, 2,
    ]);
    expect(median(big?.peaks ?? []) - median(small?.peaks ?? [])).toBeGreaterThan(70 * 1024);
  });

  it("fails if the measured program fails", async () => {
    const failing = { name: "failing", command: [process.execPath, "-e", "process.exit(3)"] };
    await expect(measure([failing], 1, env)).rejects.toThrow("exit code 3");
  });
});

describe("median", () => {
  it("is the middle value, or the mean of the two middle values", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, Number.NaN]);
  });
});
