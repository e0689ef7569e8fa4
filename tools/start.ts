// `npm start` goes through the life of an account with the real program, at a local classic registry and a current one.
// It exits with 0 only if every step succeeds. `--kind NAME` chooses one registry; `--keep` keeps the last one running.
// It runs the packed binary if there is one, or else the program that it has just built (`--source` forces that).
import { existsSync, statSync } from "node:fs";
import { dirname, relative } from "node:path";
import { parseArgs } from "node:util";
import type { RegistryKind, Sandbox } from "@hexuser/sandbox";
import { liveAtClassicRegistry } from "../e2e/account-life/classic.ts";
import { liveAtCurrentRegistry } from "../e2e/account-life/current.ts";
import { createStage, StepFailed } from "../e2e/account-life/stage.ts";
import { createMachine, hexuserPath, type Machine } from "../e2e/hexuser-environment.ts";
import { packedPath } from "../e2e/packed/packed-program.ts";
import { runNx } from "./run-nx.ts";
import { workspaceRoot } from "./workspace.ts";

const { kind, keep, source } = readArguments();
const program = source || !existsSync(packedPath) ? undefined : packedPath;

console.log("Building hexuser and the sandbox…");
const built = await runNx(["run-many", "-t", "build", "-p", "hexuser,@hexuser/sandbox"], { quiet: true });
if (built.code !== 0) {
  console.error(`${built.output}\nThe build failed. See the messages above.`);
  process.exit(1);
}

console.log(
  program === undefined
    ? "Running the program that has just been built."
    : `Running ${relative(workspaceRoot, program)}, packed on ${statSync(program).mtime.toLocaleString()}. ` +
        "To run the program that has just been built: npm start -- --source.",
);

const { registryKinds, startSandbox } = await import("@hexuser/sandbox");
const { bothKinds } = await import("../e2e/registry.ts");
if (kind !== undefined && !registryKinds.includes(kind)) {
  console.error(`Unknown registry: ${kind}.\nTo fix: choose one of ${registryKinds.join(", ")}.`);
  process.exit(2);
}

/** A registry, and the machine that uses it. */
interface Scene {
  readonly sandbox: Sandbox;
  readonly machine: Machine;
}

let scene: Scene | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => void leave(signal === "SIGINT" ? 130 : 143));
}
for (const name of kind === undefined ? bothKinds : [kind]) {
  await close();
  scene = await open(name);
  await live(name, scene);
}
if (keep && scene !== undefined) await showKept(scene);
else await leave(0);

async function open(name: RegistryKind): Promise<Scene> {
  const sandbox = await startSandbox({ kind: name, settings: { pollingInterval: 1 } });
  return { sandbox, machine: createMachine({ HEX_API_URL: sandbox.apiUrl }) };
}

async function live(name: RegistryKind, { sandbox, machine }: Scene): Promise<void> {
  console.log(`\nA registry like ${name} runs at ${sandbox.apiUrl}. The home directory is ${machine.home}.`);
  try {
    const stage = createStage(sandbox, machine, { program });
    const hasDeviceFlow = name.startsWith("current");
    await (hasDeviceFlow ? liveAtCurrentRegistry(stage) : liveAtClassicRegistry(stage));
    console.log(`\nAll ${stage.stepsDone()} steps succeeded.`);
  } catch (error) {
    console.error(error instanceof StepFailed ? `\n${error.message}` : error);
    await leave(1);
  }
}

/** Adds an account that a person can use, since the one of the tour has seen its end. */
async function showKept({ sandbox, machine }: Scene): Promise<void> {
  const { username, password } = await sandbox.control.createUser({
    username: "grace",
    password: "nanoseconds matter",
    twoFactor: true,
  });
  console.log(`
The registry runs at ${sandbox.url} until you press Ctrl-C (mail: ${sandbox.url}/outbox). To use it in a shell:

  export HEX_API_URL=${sandbox.apiUrl}
  export HEX_HOME=${machine.hexHome}
  ${program === undefined ? `export PATH=${dirname(hexuserPath)}:$PATH` : `alias hexuser=${program}`}

You can sign in with this account, in a command and on the registry's pages:

  username             ${username}
  account password     ${password}
  two-factor code now  curl -s ${sandbox.url}/sandbox/users/${username}/totp | tr -dc 0-9

Begin with: hexuser auth
`);
}

async function close(): Promise<void> {
  await scene?.sandbox.close();
  scene?.machine.remove();
  scene = undefined;
}

async function leave(code: number): Promise<never> {
  await close();
  process.exit(code);
}

function readArguments(): { kind: RegistryKind | undefined; keep: boolean; source: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        kind: { type: "string" },
        keep: { type: "boolean", default: false },
        source: { type: "boolean", default: false },
      },
    });
    return {
      kind: values.kind as RegistryKind | undefined,
      keep: values.keep,
      source: values.source,
    };
  } catch (error) {
    console.error(`${(error as Error).message}\nTo fix: run npm start -- [--kind NAME] [--keep] [--source]`);
    process.exit(2);
  }
}
