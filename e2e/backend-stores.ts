import { makePassStore, passCommands } from "../packages/credentials/test/helper/pass-store.ts";
import {
  secretServiceCommands,
  startSecretService,
} from "../packages/credentials/test/keychain/secret-service.ts";
import { missingCommands } from "../packages/credentials/test/requirements.ts";

/** The places where credentials can be kept on this machine, each with a real store behind it. */
export interface Stores {
  /** The values of `--backend`, `env` first. */
  readonly backends: readonly string[];
  /** The backends without a store, with the reasons. */
  readonly leftOut: readonly { readonly backend: string; readonly why: string }[];
  /** The variables with which a program finds all of them. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

interface Store {
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A store that serves some backends, and the commands that it and they take. */
interface Kind {
  readonly commands: readonly string[];
  readonly backends: Readonly<Record<string, readonly string[]>>;
  start(): Promise<Store>;
}

const kinds: readonly Kind[] = [
  {
    commands: secretServiceCommands,
    backends: {
      keychain: [],
      "helper:secretservice": ["docker-credential-secretservice"],
    },
    async start() {
      const { env, stop } = await startSecretService();
      const { DBUS_SESSION_BUS_ADDRESS = "", XDG_RUNTIME_DIR = "" } = env;
      return { env: { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR }, stop };
    },
  },
  {
    commands: passCommands,
    backends: { "helper:pass": [] },
    async start() {
      const { home, env, stop } = await makePassStore();
      return {
        env: { GNUPGHOME: env.GNUPGHOME ?? "", PASSWORD_STORE_DIR: `${home}/.password-store` },
        stop,
      };
    },
  },
];

/** Starts every store that this machine has what it takes for. */
export async function startStores(): Promise<Stores> {
  const backends = ["env", "file"];
  const leftOut: { backend: string; why: string }[] = [];
  const started: Store[] = [];
  for (const kind of kinds) {
    const usable: string[] = [];
    for (const [backend, commands] of Object.entries(kind.backends)) {
      const missing = missingCommands(...kind.commands, ...commands);
      if (missing.length === 0) usable.push(backend);
      else leftOut.push({ backend, why: `it takes the command ${missing.join(" and ")}` });
    }
    if (usable.length === 0) continue;
    started.push(await kind.start());
    backends.push(...usable);
  }
  return {
    backends,
    leftOut,
    env: Object.assign({}, ...started.map(({ env }) => env)),
    async stop() {
      for (const store of started) await store.stop();
    },
  };
}
