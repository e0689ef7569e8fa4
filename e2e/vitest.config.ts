import { defineConfig } from "vitest/config";
import everywhere from "../vitest.config.ts";
import { downloadProgram } from "./packed/packed-program.ts";

/**
 * What is tested of the packed binary each time, besides the tests that are about it: a whole life of an account at
 * registries of both kinds, the pseudo-terminal, and the wizard with a real keychain. Together they load every part of
 * the program, and start every process that it starts. `npm run e2e:packed` runs all the others, too.
 */
const smallerMatrix = ["account-life", "terminal", "wizard-keychain", "backends"];

// Each project includes files of its own: lists are joined with what a project extends.
const { include = [], ...everyTest } = everywhere.test ?? {};

/** The tests of the working tree's program, and, unless another program was named, the smaller matrix of the binary. */
export default defineConfig({
  test: {
    ...everyTest,
    projects: [
      { extends: true, test: { name: "e2e", include } },
      ...(process.env.HEXUSER_PROGRAM ? [] : [packedProject()]),
    ],
  },
});

function packedProject() {
  const program = downloadProgram();
  process.once("exit", () => program.remove());
  return {
    extends: true as const,
    test: {
      name: "packed",
      include: smallerMatrix.map((name) => `test/${name}.test.ts`),
      env: { HEXUSER_PROGRAM: program.path, PATH: program.searchPath },
    },
  };
}
