import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import everywhere from "../vitest.config.ts";
import { downloadProgram, packedBinary } from "./packed/packed-program.ts";

/**
 * The tests that also run with the program of the working tree: each way to start it, and the front ends that load
 * parts while they run.
 */
const smallerMatrix = ["account-life", "terminal", "environment", "serve", "run"];

// Each project adds its own files, because lists are joined with those of the extended project.
const { include = [], ...everyTest } = everywhere.test ?? {};

/**
 * All tests run with the packed binary, which people use and which starts three times as fast as the working tree. A
 * machine that can't pack it tests only the working tree. `HEXUSER_PROGRAM` names another program, which is then the
 * only one.
 */
export default defineConfig({
  test: {
    ...everyTest,
    projects: chooseProjects(),
  },
});

function chooseProjects() {
  if (process.env.HEXUSER_PROGRAM) return [{ extends: true as const, test: { name: "named", include } }];
  return packedBinary.met
    ? [packedProject(), workingTreeProject(smallerMatrix.map((name) => `test/${name}.test.ts`))]
    : [workingTreeProject(include)];
}

function packedProject() {
  const program = downloadProgram();
  process.once("exit", () => program.remove());
  return {
    extends: true as const,
    test: { name: "packed", include, env: { HEXUSER_PROGRAM: program.path, PATH: program.searchPath } },
  };
}

function workingTreeProject(include: string[]) {
  const program = fileURLToPath(new URL("../node_modules/.bin/hexuser", import.meta.url));
  return {
    extends: true as const,
    test: {
      name: "working tree",
      include,
      env: { HEXUSER_PROGRAM: program },
    },
  };
}
