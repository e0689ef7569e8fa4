// `npm run bench` measures start-up time and memory, as ratios to a Node that does nothing, side by side. If `npm run
// package` left a packed binary, it measures that as well, as ratios to the same Node that is inside. Then it measures
// what each backend of this machine adds to `whoami` (as ratios to `env`), a thousand calls through `serve`, and how
// long a person waits for the wizard's next question. `--rounds N` changes the number of rounds.
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { missingCommands } from "@hexuser/credentials/test/requirements";
import { findTestedBackends, type RunningStore, type TestStore } from "@hexuser/credentials/test/test-stores";
import { createMachine, hexuserPath } from "./hexuser-environment.ts";
import { type Candidate, type Measured, measure, median } from "./measure.ts";
import { measureBareQuestions, measureJourney, type Pause } from "./measure-questions.ts";
import { packedPath } from "./packed/packed-program.ts";
import { runHexuser } from "./run-hexuser.ts";
import { benchServe } from "./serve/bench-serve.ts";
import { journeys } from "./wizard/journeys.ts";

const entry = fileURLToPath(new URL("../packages/cli/dist/main.js", import.meta.url));
const sandboxPath = fileURLToPath(new URL("../node_modules/.bin/hexuser-sandbox", import.meta.url));

const { values } = parseArgs({ options: { rounds: { type: "string", default: "30" } } });
const registry = await startRegistryProcess();
const machine = createMachine({ HEX_API_URL: registry.apiUrl });
try {
  const secret = await signIn();
  const [floor, ...others] = await measure(candidates(), Number(values.rounds), machine.env);
  console.log(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${values.rounds} rounds, medians\n`,
  );
  if (floor) console.log(renderTable(floor, others));
  if (existsSync(packedPath)) {
    const packed = await measure(packedCandidates(secret), Number(values.rounds), machine.env);
    const [bare, request, ...commands] = packed;
    if (bare && request) {
      console.log(`\n${renderTable(bare, [request, ...commands])}`);
      console.log(`\n${renderTable(request, commands)}`);
    }
  }
  await compareBackends(secret);
  const served = await benchServe(machine, { apiUrl: registry.apiUrl, secret }, 11);
  console.log(`\n${renderRows(["", "ms", "ratio", "MiB", "ratio"], served)}`);
} finally {
  machine.remove();
  registry.stop();
}
await benchQuestions(Math.ceil(Number(values.rounds) / 3));

/**
 * Measures how long a person waits for the next question of the wizard, without the registry's own time. Includes the
 * packed binary, if there is one.
 */
async function benchQuestions(rounds: number): Promise<void> {
  const program = existsSync(packedPath) ? packedPath : hexuserPath;
  const bare = await measureBareQuestions(rounds);
  const measured: Pause[] = [bare];
  for (const title of ["register at a classic registry", "make a key at a current registry"]) {
    const journey = journeys.find((one) => one.title === title);
    if (journey === undefined) throw new Error(`There is no journey “${title}”.`);
    measured.push(...(await measureJourney(program, journey, rounds)));
  }
  const which = program === packedPath ? "the packed binary's" : "the working tree's";
  console.log(`\n${rounds} walks through ${which} wizard\n\n${renderPauses(measured)}`);
}

function renderPauses(pauses: readonly Pause[]): string {
  const rows = pauses.map(({ answered, asked, times }) => [
    answered,
    asked,
    median(times).toFixed(1),
    Math.max(...times).toFixed(1),
  ]);
  return renderRows(["answered", "next", "ms, median", "ms, worst"], rows);
}

function candidates(): Candidate[] {
  const shell = ["/bin/sh", "-c", 'self=$(readlink -f "$0"); exec "$0" -e 0', process.execPath];
  return [
    { name: "node -e 0", command: [process.execPath, "-e", "0"], nodeArguments: ["-e", "0"] },
    { name: "node -e 0, by a launcher", command: shell },
    ...[["--version"], ["--help"], ["whoami"]].map((args) => ({
      name: `hexuser ${args.join(" ")}`,
      command: [hexuserPath, ...args],
      nodeArguments: [entry, ...args],
    })),
  ];
}

/**
 * Copies the programs and the runtime first, all in the same way. How a file got onto the disk decides how much of it
 * the system maps at once, and this counts as memory.
 */
function packedCandidates(secret: string): Candidate[] {
  const copy = (path: string, name: string) => {
    const target = join(machine.home, name);
    writeFileSync(target, readFileSync(path), { mode: 0o755 });
    return target;
  };
  const runtime = copy(process.execPath, "bare-runtime");
  const program = copy(packedPath, "hexuser");
  const empty = join(machine.home, "empty.cjs");
  writeFileSync(empty, "");
  const request = join(machine.home, "request.cjs");
  copyFileSync(new URL("packed/bare-request.cjs", import.meta.url), request);
  return [
    { name: "bare runtime, empty script", command: [runtime, empty], isWatched: true },
    {
      name: "bare runtime, one request",
      command: [runtime, request, `${registry.apiUrl}/users/me`, secret],
      isWatched: true,
    },
    ...[["--version"], ["--help"], ["key", "generate", "--help"], ["whoami"]].map((args) => ({
      name: `packed hexuser ${args.join(" ")}`,
      command: [program, ...args],
      isWatched: true,
    })),
  ];
}

/** Compares `whoami` with the same key in each backend of this machine. Names the backends that are left out. */
async function compareBackends(secret: string): Promise<void> {
  const backends = ["env", "file"];
  const leftOut: string[] = [];
  const started = new Map<TestStore, RunningStore>();
  try {
    for (const { backend, commands, store, kind } of await findTestedBackends()) {
      const missing = missingCommands(...commands);
      if (!kind.canKeep) continue;
      if (missing.length > 0) {
        leftOut.push(`Left out: ${backend}, since it needs the command ${missing.join(" and ")}.`);
        continue;
      }
      backends.push(backend);
      if (!started.has(store)) started.set(store, await store.start());
    }
    const found = [...started.values()].map(({ env }) => env);
    const env = { ...machine.env, ...Object.assign({}, ...found), HEX_API_KEY: secret };
    for (const backend of backends.slice(1)) await keepKey(secret, ["--backend", backend], env);
    const measured = await measure(
      backends.map((name) => ({ name, command: [hexuserPath, "whoami", "--backend", name] })),
      Number(values.rounds),
      env,
    );
    const [base, ...rest] = measured;
    if (base) console.log(`\nwhoami, by where the key is kept\n\n${renderTable(base, rest)}`);
    for (const line of leftOut) console.log(line);
  } finally {
    for (const store of started.values()) await store.stop();
  }
}

/** Signs in with a key, because `whoami` then takes the same on every registry: one request. */
async function signIn(): Promise<string> {
  await post("/sandbox/users", { username: "bench" });
  const { secret } = await post("/sandbox/keys", { username: "bench", name: "bench" });
  if (secret === undefined) throw new Error("The sandbox made no key.");
  await keepKey(secret, [], machine.env);
  return secret;
}

async function keepKey(
  secret: string,
  flags: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const options = { machine: { ...machine, env }, stdin: `${secret}\n` };
  const { code, stderr } = await runHexuser(["auth", "--with-key", ...flags], options);
  if (code !== 0) throw new Error(`Signing in failed:\n${stderr}`);
}

async function post(path: string, body: unknown): Promise<Record<string, string>> {
  const response = await fetch(registry.url + path, { method: "POST", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}.`);
  return (await response.json()) as Record<string, string>;
}

/** Starts the registry in a separate process, so that the measuring process does nothing else. */
async function startRegistryProcess(): Promise<{ url: string; apiUrl: string; stop(): void }> {
  const child = spawn(sandboxPath, ["--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await new Promise<string[]>((resolve, reject) => {
    createInterface(child.stdout).once("line", (text) => resolve([text]));
    child.once("exit", (code) => reject(new Error(`The sandbox ended with exit code ${code}.`)));
  });
  return { ...JSON.parse(line ?? "{}"), stop: () => child.kill() };
}

function renderTable(floor: Measured, others: readonly Measured[]): string {
  const [time, peak] = [median(floor.times), median(floor.peaks)];
  const rows = [floor, ...others].map(({ name, times, peaks }) => [
    name,
    median(times).toFixed(1),
    `${(median(times) / time).toFixed(2)}×`,
    peaks.length === 0 ? "" : (median(peaks) / 1024).toFixed(1),
    peaks.length === 0 ? "" : `${(median(peaks) / peak).toFixed(2)}×`,
  ]);
  return renderRows(["", "ms", "ratio", "peak MiB", "ratio"], rows);
}

function renderRows(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
