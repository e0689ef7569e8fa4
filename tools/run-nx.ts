import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { workspaceRoot } from "./workspace.ts";

/** The exit code of Nx, and its output if it was not shown. */
export interface NxRun {
  readonly code: number;
  readonly output: string;
}

/**
 * Runs Nx in this workspace, on the Node that this process runs on, without its daemon.
 * With `quiet`, it shows nothing and returns the output.
 */
export function runNx(
  args: readonly string[],
  options: { quiet?: boolean; env?: Record<string, string> } = {},
): Promise<NxRun> {
  const child = spawn(process.execPath, [nxEntry(), ...args], {
    cwd: workspaceRoot,
    env: { ...process.env, NX_DAEMON: "false", NX_NO_CLOUD: "true", ...options.env },
    stdio: ["ignore", options.quiet ? "pipe" : "inherit", options.quiet ? "pipe" : "inherit"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

function nxEntry(): string {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("nx/package.json");
  return join(dirname(manifest), (require(manifest) as { bin: { nx: string } }).bin.nx);
}
