import { type Keychain, keychainMethods } from "./keychain.ts";
import { type KeyringLibrary, keychainOver } from "./keyring-library.ts";
import { linesOf, type WorkerAnswer, type WorkerRequest } from "./worker-message.ts";

export interface KeychainWorkerOptions {
  /** Gets the library, where it isn't an installed package: in a program of one file. */
  readonly load?: () => Promise<KeyringLibrary>;
}

/**
 * What the process does that talks to the system's keychain: it answers the requests on stdin, several at a time,
 * until stdin ends. Secrets pass through these pipes alone, never through arguments or the environment.
 *
 * It never returns: a call that hangs would keep the process from ending by itself, so it kills itself.
 *
 * @example if (process.argv[2] === "keychain-worker") await runKeychainWorker();
 */
export async function runKeychainWorker(options: KeychainWorkerOptions = {}): Promise<never> {
  const load = options.load ?? (() => import("@napi-rs/keyring"));
  let opened: Promise<Keychain> | undefined;
  const send = (answer: WorkerAnswer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
  // Whoever asked is gone.
  process.stdout.on("error", end);
  send({ ready: true });
  for await (const line of linesOf(process.stdin)) {
    const request = JSON.parse(line) as WorkerRequest;
    opened ??= load().then(keychainOver);
    void answer(request, opened).then(send);
  }
  return end();
}

async function answer(
  { id, method, parameters }: WorkerRequest,
  opened: Promise<Keychain>,
): Promise<WorkerAnswer> {
  try {
    if (!keychainMethods.includes(method)) {
      throw new Error("unknown request");
    }
    const call = (await opened)[method] as (...given: readonly string[]) => Promise<unknown>;
    return { id, value: (await call(...parameters)) ?? null };
  } catch (error) {
    return { id, failed: messagesOf(error) };
  }
}

function messagesOf(thrown: unknown): string[] {
  const messages: string[] = [];
  for (let error = thrown; error instanceof Error && messages.length < 5; error = error.cause) {
    messages.push(error.message);
  }
  return messages;
}

/** Not `process.exit`, which waits for calls that may never come back. */
function end(): never {
  process.kill(process.pid, "SIGKILL");
  throw new Error("killed");
}
