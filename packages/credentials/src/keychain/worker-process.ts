import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { killAtExit } from "../process/run-program.ts";
import { linesOf, type WorkerAnswer, type WorkerRequest } from "./keychain.ts";

/** The command of a program that calls `runKeychainWorker`. */
export interface WorkerCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** The worker beside this file, which this Node runs. A program of one file has no such file. */
export function workerBesideThis(): WorkerCommand {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const entry = fileURLToPath(new URL(`keychain-worker-entry.${ending}`, import.meta.url));
  // The worker has secrets, and SIGUSR1 would open Node's debugger.
  return { command: process.execPath, args: ["--disable-sigusr1", entry] };
}

/** The worker's process ended or could not be started, so it is unknown whether it did what it was asked to do. */
class WorkerEnded extends Error {}

/** The keychain answered with an error. */
export class KeychainError extends Error {
  /** Outermost first. */
  readonly messages: readonly string[];

  constructor(messages: readonly string[]) {
    super(messages[0] ?? "");
    this.messages = messages;
  }
}

/** Calls. The library keeps a D-Bus connection open for each, and a bus may allow 256 per user. */
const longestService = 40;

export interface Worker {
  /** Whether it still takes requests. */
  isAlive(): boolean;
  /** Whether another worker should replace it, because it has served many requests and has none left to answer. */
  isWorn(): boolean;
  /** Resolves when the process has started. */
  readonly ready: Promise<void>;
  /** Throws `KeychainError` or `WorkerEnded`. */
  ask(method: WorkerRequest["method"], parameters: readonly string[]): Promise<unknown>;
  /** Ends the process, even while it waits. */
  kill(): void;
}

/**
 * Starts the process that talks to the keychain. It ends together with this process: it is killed when this process
 * exits, and its stdin ends when this process is killed. It doesn't keep this process from ending, so set a limit when
 * you wait for an answer.
 */
export function startWorker({ command, args }: WorkerCommand, env: Record<string, string>): Worker {
  // Most commands keep their secrets in a file, so they don't load this module.
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "ignore"], windowsHide: true });
  child.unref();
  for (const pipe of [child.stdin, child.stdout]) (pipe as Socket).unref();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const started = Promise.withResolvers<void>();
  started.promise.catch(() => undefined);
  let alive = true;
  const kill = () => {
    alive = false;
    child.kill("SIGKILL");
  };
  const forget = killAtExit(kill);
  const ended = () => {
    alive = false;
    forget();
    const error = new WorkerEnded("the process that talks to the keychain ended");
    started.reject(error);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  child.once("error", ended).once("close", ended);
  // Writing to an ended process fails. The handler of its end reports that.
  child.stdin.on("error", () => undefined);
  void receive(child, started.resolve, waiting);
  let lastId = 0;
  return {
    ready: started.promise,
    isAlive: () => alive,
    isWorn: () => lastId >= longestService && waiting.size === 0,
    kill,
    ask(method, parameters) {
      const id = ++lastId;
      const answer = Promise.withResolvers<unknown>();
      waiting.set(id, answer);
      if (!alive) ended();
      else child.stdin.write(`${JSON.stringify({ id, method, parameters } satisfies WorkerRequest)}\n`);
      return answer.promise;
    },
  };
}

async function receive(
  child: ChildProcess,
  started: () => void,
  waiting: Map<number, PromiseWithResolvers<unknown>>,
): Promise<void> {
  try {
    for await (const line of linesOf(child.stdout as AsyncIterable<Uint8Array>)) {
      const answer = JSON.parse(line) as WorkerAnswer;
      if ("ready" in answer) {
        started();
        continue;
      }
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ("failed" in answer) asked?.reject(new KeychainError(answer.failed));
      else asked?.resolve(answer.value);
    }
  } catch {
    // Another program printed this line. The handler of its end reports that.
    child.kill("SIGKILL");
  }
}
