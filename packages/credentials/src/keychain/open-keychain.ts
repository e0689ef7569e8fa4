import type { FailureError } from "@hexuser/core";
import type { Environment } from "../file/directories.ts";
import { helperEnvironment } from "../process/child-environment.ts";
import type { Keychain } from "./keychain.ts";
import {
  type KeychainPlace,
  keychainFailure,
  keychainHangs,
  nobodyUnlocked,
  unlockNotice,
  workerFailed,
} from "./keychain-failure.ts";
import {
  KeychainError,
  startWorker,
  type Worker,
  type WorkerCommand,
  workerBesideThis,
} from "./worker-process.ts";

export interface KeychainOptions {
  readonly env: Environment;
  readonly platform?: NodeJS.Platform;
  /** The program to start instead of the worker beside this file. In a program of one file, it is that program. */
  readonly worker?: WorkerCommand;
  /** Takes a notice when the system asks the person to unlock or to allow something. */
  readonly notify?: ((message: string) => void) | undefined;
  /** Milliseconds that a call may take. */
  readonly limit?: number;
  /** Milliseconds that a call may take while the system asks the person. */
  readonly unlockLimit?: number;
}

/** Milliseconds until the worker has started on a busy machine. */
const startLimit = 20_000;

/** The service of hexuser's items. */
export const service = "hexuser";

/** No item has this name. Looking for it opens the keychain, but asks nobody, even if the keychain is locked. */
export const absentItem = [service, "is-it-there"] as const;

/**
 * Opens the system's keychain in a process that can be killed, because nothing else ends a call that waits for a window
 * that nobody answers. The first call starts the process, and later calls use it, too.
 *
 * A call ends after `limit`, or after `unlockLimit` if the system seems to wait for the person. On Linux, that is so if
 * the system answers another connection meanwhile. On macOS, any question would ask the person, so this function assumes
 * it. Windows never asks.
 *
 * The functions throw `storage_unavailable`, `storage_locked` or `storage_write_failed`.
 */
export function openKeychain(options: KeychainOptions): Keychain {
  let worker: Worker | undefined;
  const call = async (method: keyof Keychain, parameters: readonly string[]) => {
    if (worker?.isWorn()) worker.kill();
    if (!worker?.isAlive()) worker = start(options);
    return ask(worker, method, parameters, options);
  };
  return {
    getPassword: async (...parameters) => (await call("getPassword", parameters)) as string | null,
    setPassword: async (...parameters) => void (await call("setPassword", parameters)),
    deletePassword: async (...parameters) => (await call("deletePassword", parameters)) as boolean,
    findCredentials: async (...parameters) =>
      (await call("findCredentials", parameters)) as { account: string; password: string }[],
  };
}

function start({ worker, env, platform = process.platform }: KeychainOptions): Worker {
  return startWorker(worker ?? workerBesideThis(), helperEnvironment(env, platform));
}

async function ask(
  worker: Worker,
  method: keyof Keychain,
  parameters: readonly string[],
  options: KeychainOptions,
): Promise<unknown> {
  const { env, platform = process.platform, limit = 3000, unlockLimit = 60_000 } = options;
  const place: KeychainPlace = { env, platform };
  try {
    await within(startLimit, worker.ready, () => keychainHangs(place, startLimit));
    const answer = worker.ask(method, parameters);
    answer.catch(() => undefined);
    const [half, rest] = [limit / 2, limit - limit / 2];
    if (await isSettled(answer, half)) return await answer;
    await using probe = askOtherwise(options, place);
    await isSettled(Promise.race([answer, probe.started]), startLimit);
    if (await isSettled(answer, rest)) return await answer;
    if (!probe.answered()) throw keychainHangs(place, limit);
    options.notify?.(unlockNotice(place, unlockLimit));
    return await within(unlockLimit - limit, answer, () => nobodyUnlocked(place, unlockLimit));
  } catch (error) {
    if (error instanceof KeychainError) {
      const writing = method === "setPassword" || method === "deletePassword";
      throw keychainFailure(error.messages, place, writing, error);
    }
    worker.kill();
    throw error instanceof Error && "failure" in error ? error : workerFailed(place, error);
  }
}

interface Probe extends AsyncDisposable {
  readonly started: Promise<void>;
  readonly answered: () => boolean;
}

/** Finds out whether the keychain answers another process, since the first one may be stuck. */
function askOtherwise(options: KeychainOptions, { platform }: KeychainPlace): Probe {
  if (platform !== "linux") {
    const answered = () => platform === "darwin";
    return { started: Promise.resolve(), answered, [Symbol.asyncDispose]: async () => undefined };
  }
  const other = start(options);
  let isAnswered = false;
  other.ready
    .then(() => other.ask("getPassword", absentItem))
    .then(
      () => {
        isAnswered = true;
      },
      () => undefined,
    );
  return {
    started: other.ready,
    answered: () => isAnswered,
    [Symbol.asyncDispose]: async () => other.kill(),
  };
}

async function isSettled(answer: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  const settled = answer.then(
    () => true as const,
    () => true as const,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function within<T>(milliseconds: number, answer: Promise<T>, late: () => FailureError): Promise<T> {
  if (await isSettled(answer, milliseconds)) return answer;
  throw late();
}
