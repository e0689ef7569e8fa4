import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import everywhere from "../vitest.config.ts";
import { downloadProgram, packedBinary } from "./packed/packed-program.ts";

/**
 * What is tested of the working tree's program, besides: each way in which it is started, and the front ends that load
 * their parts while they run.
 */
const smallerMatrix = ["account-life", "terminal", "environment", "serve", "run"];

// Each project includes files of its own: lists are joined with what a project extends.
const { include = [], ...everyTest } = everywhere.test ?? {};

/**
 * Everything is tested of the packed binary, which is what people have, and starts three times as fast as the files of
 * the working tree. A machine that can't pack it tests the working tree alone. `HEXUSER_PROGRAM` names another program,
 * and then there is no other.
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
