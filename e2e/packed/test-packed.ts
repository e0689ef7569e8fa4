// `npm run e2e:packed`: every end-to-end and terminal test against the binary that `npm run package` left, alone in
// a directory. `-- FILE…` takes some of the tests.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { downloadProgram } from "./packed-program.ts";

const program = downloadProgram();
try {
  const { status } = spawnSync(
    fileURLToPath(new URL("../../node_modules/.bin/vitest", import.meta.url)),
    ["run", "--maxWorkers=3", "--config", "../vitest.config.ts", ...process.argv.slice(2)],
    {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      env: { ...process.env, HEXUSER_PROGRAM: program.path },
      stdio: "inherit",
    },
  );
  process.exitCode = status ?? 1;
} finally {
  program.remove();
}
