import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of this folder as a process of its own. */
export function startScript(script: string, parameters: readonly string[], options: SpawnOptions = {}) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [path, ...parameters], { stdio: "pipe", ...options });
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const finished = once(child, "close").then(([code]): Finished => ({ code, stdout, stderr }));
  return { child, finished, printed: (line: string) => waitFor(child, () => stdout.includes(line)) };
}

async function waitFor(child: ChildProcess, reached: () => boolean): Promise<void> {
  while (!reached() && child.exitCode === null && child.signalCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
