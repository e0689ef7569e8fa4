// `npm start`: an account's whole life, by the real program, at a local registry. Ends with 0 only when each step
// did what it should. `--generation NAME` chooses how the registry behaves; `--keep` leaves it running afterwards.
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import type { GenerationName } from "@hexuser/sandbox";
import { liveAtClassicRegistry } from "../e2e/account-life/classic.ts";
import { liveAtCurrentRegistry } from "../e2e/account-life/current.ts";
import { createStage, StepFailed } from "../e2e/account-life/stage.ts";
import { createMachine, hexuserPath } from "../e2e/hexuser-environment.ts";
import { runNx } from "./run-nx.ts";

const { generation, keep } = readArguments();

console.log("Building hexuser and the sandbox…");
const built = await runNx(["run-many", "-t", "build", "-p", "hexuser,@hexuser/sandbox"], { quiet: true });
if (built.code !== 0) {
  console.error(`${built.output}\nThe build failed: see above.`);
  process.exit(1);
}

const { generationNames, startSandbox } = await import("@hexuser/sandbox");
if (!generationNames.includes(generation)) {
  console.error(`There is no generation ${generation}.\nTo fix: take one of ${generationNames.join(", ")}.`);
  process.exit(2);
}
const sandbox = await startSandbox({ generation, settings: { pollingInterval: 1 } });
const machine = createMachine({ HEX_API_URL: sandbox.apiUrl });

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => void leave(signal === "SIGINT" ? 130 : 143));
}

console.log(
  `A registry like ${generation} answers at ${sandbox.apiUrl}; the home directory is ${machine.home}.`,
);
try {
  const stage = createStage(sandbox, machine);
  const hasDeviceFlow = generation.startsWith("current");
  await (hasDeviceFlow ? liveAtCurrentRegistry(stage) : liveAtClassicRegistry(stage));
  console.log(`\nAll ${stage.stepsDone()} steps did what they should.`);
} catch (error) {
  console.error(error instanceof StepFailed ? `\n${error.message}` : error);
  await leave(1);
}
if (keep) showKept();
else await leave(0);

function showKept(): void {
  console.log(`
The registry stays until Ctrl-C: ${sandbox.url} (its mail: ${sandbox.url}/outbox). Point a shell at it:

  export HEX_API_URL=${sandbox.apiUrl}
  export HEX_HOME=${machine.hexHome}
  export PATH=${dirname(hexuserPath)}:$PATH
`);
}

async function leave(code: number): Promise<never> {
  await sandbox.close();
  machine.remove();
  process.exit(code);
}

function readArguments(): { generation: GenerationName; keep: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        generation: { type: "string", default: "classic-2021" },
        keep: { type: "boolean", default: false },
      },
    });
    return { generation: values.generation as GenerationName, keep: values.keep };
  } catch (error) {
    console.error(`${(error as Error).message}\nTo fix: npm start -- [--generation NAME] [--keep]`);
    process.exit(2);
  }
}
