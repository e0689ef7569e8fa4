import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const start = join(import.meta.dirname, "../dist/program/start.js");

it("keeps zod from compiling parsers", () => {
  // A separate process, in which nothing has loaded zod yet.
  const script = `
    const { start } = await import(${JSON.stringify(start)});
    const dispatch = async () => console.log(String((await import("zod")).config().jitless));
    await start(["whoami"], { program: async () => ({ dispatch }) });
  `;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  expect(output).toBe("true\n");
});
