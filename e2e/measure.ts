import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A program to measure in a comparison. */
export interface Candidate {
  readonly name: string;
  /** The command: a program and its arguments. */
  readonly command: readonly string[];
  /** The same as arguments of Node, to measure its memory. Undefined if Node doesn't run it. */
  readonly nodeArguments?: readonly string[];
  /** Watch its memory from outside, for programs that Node's arguments don't reach. Only Linux allows this. */
  readonly isWatched?: boolean;
}

/** The measurements of a candidate. */
export interface Measured {
  readonly name: string;
  /** Milliseconds from the start to the end of the process, of each round. */
  readonly times: readonly number[];
  /** KiB, of each round. */
  readonly peaks: readonly number[];
}

const reporter = fileURLToPath(new URL("./report-peak-memory.cjs", import.meta.url));

/**
 * Runs the candidates round by round, each round beginning with another one, so that a short disturbance of the machine
 * affects all of them alike. The first round doesn't count. It warms the caches.
 */
export async function measure(
  candidates: readonly Candidate[],
  rounds: number,
  env: Readonly<Record<string, string>>,
): Promise<Measured[]> {
  const all = candidates.map(({ name }) => ({ name, times: [] as number[], peaks: [] as number[] }));
  for (let round = -1; round < rounds; round += 1) {
    for (let turn = 0; turn < candidates.length; turn += 1) {
      const index = (turn + round + 1) % candidates.length;
      const candidate = candidates[index];
      const kept = all[index];
      if (candidate === undefined || kept === undefined) continue;
      const { time } = await runOnce(candidate.command, env);
      const peak = await measurePeak(candidate, env);
      if (round < 0) continue;
      kept.times.push(time);
      if (peak !== undefined) kept.peaks.push(peak);
    }
  }
  return all;
}

/** The middle value, or `NaN` for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

async function measurePeak(
  { command, nodeArguments, isWatched = false }: Candidate,
  env: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  if (nodeArguments !== undefined) {
    return (await runOnce([process.execPath, "--require", reporter, ...nodeArguments], env)).peak;
  }
  return isWatched && process.platform === "linux" ? watchPeak(command, env) : undefined;
}

/** Reads the peak until the process ends. It only grows, so the last value counts. */
function watchPeak(command: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { env, stdio: "ignore" });
  let peak = Number.NaN;
  const look = () => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? peak);
    } catch {
      // The process has ended.
    }
    if (child.exitCode === null && child.signalCode === null) setImmediate(look);
  };
  look();
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve(peak));
  });
}

function runOnce(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ time: number; peak: number | undefined }> {
  const [program = "", ...args] = command;
  const begin = performance.now();
  const child = spawn(program, args, { env, stdio: ["ignore", "ignore", "pipe", "pipe"] });
  let time = Number.NaN;
  let errors = "";
  let peak = "";
  child.once("exit", () => {
    time = performance.now() - begin;
  });
  child.stderr?.on("data", (data) => {
    errors += data;
  });
  child.stdio[3]?.on("data", (data) => {
    peak += data;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve({ time, peak: peak === "" ? undefined : Number(peak) });
      else reject(new Error(`${command.join(" ")} ended with exit code ${code}:\n${errors}`));
    });
  });
}
