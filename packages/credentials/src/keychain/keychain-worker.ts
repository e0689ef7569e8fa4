import {
  type Keychain,
  keychainMethods,
  linesOf,
  type WorkerAnswer,
  type WorkerRequest,
} from "./keychain.ts";

/** The part of `@napi-rs/keyring` that hexuser uses. */
type KeyringLibrary = Pick<typeof import("@napi-rs/keyring"), "AsyncEntry" | "findCredentialsAsync">;

export interface KeychainWorkerOptions {
  /** Gets the library in a program of one file, where it isn't an installed package. */
  readonly load?: () => Promise<KeyringLibrary>;
}

/** Without it, the library silently uses the kernel's key store, which a reboot empties. */
const secretService = { linux: { store: "secret-service" } } as const;

/**
 * Answers requests to the system's keychain on stdin, several at a time, until stdin ends. It runs in a process of its
 * own. Secrets pass only through these pipes, never through arguments or the environment.
 *
 * It never returns. A call that hangs would keep the process from ending, so the process kills itself.
 *
 * @example if (process.argv[2] === "keychain-worker") await runKeychainWorker();
 */
export async function runKeychainWorker(options: KeychainWorkerOptions = {}): Promise<never> {
  const load = options.load ?? (() => import("@napi-rs/keyring"));
  let opened: Promise<Keychain> | undefined;
  const send = (answer: WorkerAnswer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
  // The process that asked has ended.
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
    if (!keychainMethods.includes(method)) throw new Error("unknown request");
    const call = (await opened)[method] as (...given: readonly string[]) => Promise<unknown>;
    return { id, value: (await repeatIfGone(() => call(...parameters))) ?? null };
  } catch (error) {
    return { id, failed: messagesOf(error) };
  }
}

/**
 * The errors of services about an item that another process deleted: gnome-keyring, the specification, Qt (KWallet).
 */
const gone = /No such interface .org\.freedesktop\.Secret\.Item|\bNoSuchObject\b|No such object path/;
const mostCalls = 5;

/**
 * Calls the Secret Service again if another process deleted the item between the search for it and the access. The
 * search of the next call doesn't find the item.
 */
async function repeatIfGone<T>(call: () => Promise<T>): Promise<T> {
  for (let calls = 1; ; calls += 1) {
    try {
      return await call();
    } catch (error) {
      if (calls === mostCalls || !gone.test(messagesOf(error).join("\n"))) throw error;
    }
  }
}

function messagesOf(thrown: unknown): string[] {
  const messages: string[] = [];
  for (let error = thrown; error instanceof Error && messages.length < 5; error = error.cause) {
    messages.push(error.message);
  }
  return messages;
}

/** Kills the process, because `process.exit` waits for calls that may never return. */
function end(): never {
  process.kill(process.pid, "SIGKILL");
  throw new Error("killed");
}

/** The keytar interface over `@napi-rs/keyring`, whose own one can't choose the store. */
function keychainOver({ AsyncEntry, findCredentialsAsync }: KeyringLibrary): Keychain {
  // The constructor throws if there is no store. In an async function, that is a rejection.
  const entry = async (service: string, account: string) => new AsyncEntry(service, account, secretService);
  return {
    getPassword: async (service, account) => (await entry(service, account)).getPassword(),
    setPassword: async (service, account, password) => (await entry(service, account)).setPassword(password),
    deletePassword: async (service, account) => (await entry(service, account)).deletePassword(),
    findCredentials: (service) => findCredentialsAsync(service),
  };
}
