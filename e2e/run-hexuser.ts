import { spawn } from "node:child_process";
import { hexuserPath, type Machine } from "./hexuser-environment.ts";

/** The exit of a process, and its output. */
export interface Ended {
  /** `null` if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to start a process, besides its arguments. */
export interface RunOptions {
  readonly machine: Pick<Machine, "env" | "home">;
  /** The content of standard input, by default empty. It is never a terminal here. */
  readonly stdin?: string;
  /** Added to the machine's environment. `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The command that starts the program, with its first arguments. */
  readonly through?: readonly string[];
  /** Milliseconds after which the process counts as hanging. The default is a minute. */
  readonly limit?: number;
  /** A program other than hexuser. */
  readonly program?: string;
}

/** A running process. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Waits until stderr matches. Fails if the process ends without a match. */
  told(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts the real program over pipes. After the time limit, it's killed, and waiting for it fails.
 * @example const { code, stdout } = await startHexuser(["whoami"], { machine }).ended;
 */
export function startHexuser(args: readonly string[], options: RunOptions): Running {
  const env = Object.fromEntries(
    Object.entries({ ...options.machine.env, ...options.env }).filter(([, value]) => value !== undefined),
  );
  const [program = "", ...rest] = [...(options.through ?? []), options.program ?? hexuserPath, ...args];
  const child = spawn(program, rest, {
    cwd: options.machine.home,
    env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  // The process may end without reading its input.
  child.stdin.on("error", () => {});
  child.stdin.end(options.stdin ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    const limit = options.limit ?? 60_000;
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`hexuser ${args.join(" ")} did not end in ${limit} ms:\n${stdout}\n${stderr}`));
    }, limit);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    told: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(stderr);
          if (match) resolve(match);
        };
        child.stderr.on("data", look);
        look();
        const missing = () => reject(new Error(`It ended without telling ${pattern}:\n${stderr}`));
        ended.then(missing, missing);
      }),
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

/** Runs the real program over pipes until it ends. */
export function runHexuser(args: readonly string[], options: RunOptions): Promise<Ended> {
  return startHexuser(args, options).ended;
}
