// `npm run e2e:packed`: every end-to-end and terminal test against the binary that `npm run package` left, alone in
// a directory, with no Node in the PATH. `-- FILE…` takes some of the tests.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { downloadProgram } from "./packed-program.ts";

const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
const program = downloadProgram();
try {
  const { status } = spawnSync(
    process.execPath,
    [vitest, "run", "--maxWorkers=3", "--config", "../vitest.config.ts", ...process.argv.slice(2)],
    {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      env: { ...process.env, HEXUSER_PROGRAM: program.path, PATH: program.searchPath },
      stdio: "inherit",
    },
  );
  process.exitCode = status ?? 1;
} finally {
  program.remove();
}
