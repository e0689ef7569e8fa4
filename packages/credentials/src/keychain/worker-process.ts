import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { killAtExit } from "../process/kill-at-exit.ts";
import { linesOf, type WorkerAnswer, type WorkerRequest } from "./worker-message.ts";

/** How the worker is started: a program that calls `runKeychainWorker`. */
export interface WorkerCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** The worker as it lies beside this file, run by the Node that runs this. Not for a program of one file. */
export function workerBesideThis(): WorkerCommand {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const entry = fileURLToPath(new URL(`keychain-worker-entry.${ending}`, import.meta.url));
  // The worker holds secrets, and SIGUSR1 would open Node's debugger.
  return { command: process.execPath, args: ["--disable-sigusr1", entry] };
}

/** The worker's process ended, or could not be started; nothing is known of what it was asked to do. */
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

/** Calls. The library keeps a D-Bus connection open for each, and a bus may allow 256 of a user. */
const longestService = 40;

export interface Worker {
  /** Whether it can still be asked. */
  isAlive(): boolean;
  /** Whether it was asked often, and is to be replaced by another one: it waits for nothing. */
  isWorn(): boolean;
  /** Resolves when the process has started, and is not yet doing anything. */
  readonly ready: Promise<void>;
  /** Throws `KeychainError` or `WorkerEnded`. */
  ask(method: WorkerRequest["method"], parameters: readonly string[]): Promise<unknown>;
  /** Ends the process, whatever it is waiting for. */
  kill(): void;
}

/**
 * Starts the process that talks to the keychain. It ends with this one: when this one exits it is killed, and when
 * this one is killed its stdin ends. It doesn't keep this one from ending: who waits for an answer sets a limit.
 */
export function startWorker({ command, args }: WorkerCommand, env: Record<string, string>): Worker {
  // Here, not at the top: most commands keep their secrets in a file.
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
  // A process that has ended can't be written to: that is told by its end.
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
    // What isn't a line of ours comes from another program; its end tells the rest.
    child.kill("SIGKILL");
  }
}
