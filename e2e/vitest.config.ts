import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import everywhere from "../vitest.config.ts";
import { downloadProgram } from "./packed/packed-program.ts";

/**
 * What is tested of the working tree's program, besides: each way in which it is started, and the front ends that load
 * their parts while they run.
 */
const smallerMatrix = ["account-life", "terminal", "environment", "serve", "run"];

// Each project includes files of its own: lists are joined with what a project extends.
const { include = [], ...everyTest } = everywhere.test ?? {};

/**
 * Everything is tested of the packed binary, which is what people have, and starts three times as fast as the files of
 * the working tree. `HEXUSER_PROGRAM` names another program, and then there is no other.
 */
export default defineConfig({
  test: {
    ...everyTest,
    projects: process.env.HEXUSER_PROGRAM
      ? [{ extends: true, test: { name: "named", include } }]
      : [packedProject(), workingTreeProject()],
  },
});

function packedProject() {
  const program = downloadProgram();
  process.once("exit", () => program.remove());
  return {
    extends: true as const,
    test: { name: "packed", include, env: { HEXUSER_PROGRAM: program.path, PATH: program.searchPath } },
  };
}

function workingTreeProject() {
  const program = fileURLToPath(new URL("../node_modules/.bin/hexuser", import.meta.url));
  return {
    extends: true as const,
    test: {
      name: "working tree",
      include: smallerMatrix.map((name) => `test/${name}.test.ts`),
      env: { HEXUSER_PROGRAM: program },
    },
  };
}
