import { join } from "node:path";
import { type AccountKey, type CredentialBackend, fail } from "@hexuser/core";
import {
  configDirectory,
  createEnvBackend,
  createFileBackend,
  createHelperBackend,
  createKeychainBackend,
  type HomeEnvironment,
  listProfiles,
  profileDirectory,
  type Shell,
} from "@hexuser/credentials";

/** What backends are given of the program that uses them. */
export interface BackendSurroundings {
  readonly home: HomeEnvironment;
  /** The account of this run. */
  readonly account: AccountKey;
  /** Somebody is there who may have to unlock something. */
  readonly isInteractive: boolean;
  /** How the keychain's worker process is started; from the working tree's files otherwise. */
  readonly keychainWorker?: { readonly command: string; readonly args: readonly string[] } | undefined;
  readonly notify: (message: string) => void;
  /** For `env`: takes the lines that the person's shell has to evaluate; none where they can't be printed. */
  readonly shellLines?: { readonly shell: Shell; print(lines: readonly string[]): void } | undefined;
}

type MakeBackend = (surroundings: BackendSurroundings) => CredentialBackend;

/** Every place where credentials can be kept, by what stands after `--backend`. */
const backends: Readonly<Record<string, MakeBackend>> = {
  file: ({ home }) =>
    createFileBackend({
      directory: (profile) => profileDirectory(profile, home),
      profiles: () => listProfiles(home),
    }),
  keychain: ({ home, notify, keychainWorker }) =>
    createKeychainBackend({
      env: home.env,
      lockDirectory: lockDirectory(home),
      notify,
      ...(keychainWorker === undefined ? {} : { worker: keychainWorker }),
    }),
  env: ({ home, account, notify, shellLines }) =>
    createEnvBackend({ env: home.env, account, notify, shell: shellLines?.shell, print: shellLines?.print }),
};

const helperPrefix = "helper:";

/** Milliseconds: a person may have to be asked for a passphrase. */
const helperLimits = { interactive: 120_000, otherwise: 30_000 };

/** What may stand after `--backend`, besides `helper:NAME`; the default first. */
export const backendIds: readonly string[] = Object.keys(backends);

/** Makes the backend of that name, and fails with `invalid_input` where there is none. */
export function createBackend(id: string, surroundings: BackendSurroundings): CredentialBackend {
  if (id.startsWith(helperPrefix)) {
    const { home, isInteractive, notify } = surroundings;
    return createHelperBackend({
      name: id.slice(helperPrefix.length),
      env: home.env,
      lockDirectory: lockDirectory(home),
      limit: isInteractive ? helperLimits.interactive : helperLimits.otherwise,
      notify,
    });
  }
  const make = Object.hasOwn(backends, id) ? backends[id] : undefined;
  if (make === undefined) {
    throw fail("invalid_input", `There is no backend “${id}”.`, {
      hint: `give --backend or HEXUSER_BACKEND one of: ${backendIds.join(", ")}, ${helperPrefix}NAME.`,
    });
  }
  return make(surroundings);
}

function lockDirectory(home: HomeEnvironment): string | undefined {
  const directory = configDirectory(home);
  return directory === undefined ? undefined : join(directory, "locks");
}
