import { basename } from "node:path";
import {
  type Context,
  type CredentialBackend,
  type Emit,
  type FailureError,
  hexClients,
  type Shell,
  shells,
} from "@hexuser/core";
import {
  type BackendKind,
  configDirectory,
  type HomeEnvironment,
  hexHome,
  openBackend,
  requireKind,
  stateDirectory,
  unusable,
} from "@hexuser/credentials";
import { findBackends } from "@hexuser/credentials/backends";
import { pathOf } from "@hexuser/credentials/directories";
import { cacheDirectory } from "./home.ts";
import { packedKeychainWorker } from "./keychain-worker.ts";
import { type ProfileSettings, readProfileSettings, writeProfileSettings } from "./profile-settings.ts";
import type { StoreSettings } from "./settings.ts";

/** How a backend describes itself. */
type BackendDescription = ReturnType<BackendKind["describe"]> & Pick<BackendKind, "isShared" | "canKeep">;

/** The backends of this program, for the commands about them. */
export interface Backends {
  /** The backend in use for this profile. */
  readonly inUse: string;
  /** The backends that this machine may have: the program's own, and installed helpers. */
  ids(): readonly string[];
  /** Describes a backend: its name, its meaning, and its abilities. Fails as `make` does. */
  describe(id: string): BackendDescription;
  /** Fails with `invalid_input` for an unknown name. */
  make(id: string): Promise<CredentialBackend>;
  /** Finds out within seconds, and without asking the person, whether a backend works. */
  isUsable(id: string): Promise<boolean>;
  /** The directories of hexuser, mix hex and mix, whether they exist or not. */
  ownDirectories(): readonly string[];
  settings(): ProfileSettings;
  choose(settings: ProfileSettings): Promise<void>;
}

/** The context of commands that aren't operations. */
export interface CommandContext extends Context {
  /** The home that hexuser may read and write. */
  readonly home: HomeEnvironment;
  readonly backends: Backends;
}

/** Milliseconds. A backend that hasn't answered by then doesn't work, if the person has other choices. */
const longestProbe = 5_000;

/** The parts of a command that backends need. */
interface BackendSource {
  /** The value of `--shell`. */
  readonly shell: string | undefined;
  readonly client?: string | undefined;
  readonly emit: Emit;
  /** Whether a backend can ask a person. */
  readonly isInteractive?: boolean | undefined;
  /** Prints the lines for the shell. Absent if this command can't change the shell. */
  readonly printLines?: ((lines: readonly string[]) => void) | undefined;
  /** Leaves the terminal to another program meanwhile. */
  readonly lend?: (<T>(run: () => Promise<T>) => Promise<T>) | undefined;
}

/** Makes the backends of one account. */
export function createBackends(
  { backend: inUse, profile }: Pick<StoreSettings, "backend" | "profile">,
  origin: string,
  home: HomeEnvironment,
  { shell, client, emit, isInteractive = false, printLines, lend }: BackendSource,
): Backends {
  const { env } = home;
  const surroundings = {
    home,
    account: { profile, origin },
    isInteractive,
    get keychainWorker() {
      return packedKeychainWorker();
    },
    lend,
    notify: (message: string) => emit({ type: "notice", message }),
    shellLines: printLines && {
      shell: findShell(shell, env, process.platform),
      client: hexClients.find((known) => known === client),
      print: printLines,
    },
  };
  return {
    inUse,
    ids: () => findBackends(env),
    describe(id) {
      const { describe, isShared, canKeep } = requireKind(id);
      return { ...describe(id), isShared, canKeep };
    },
    make: (id) => openBackend(id, surroundings),
    isUsable: async (id) => {
      const quiet = await openBackend(id, { ...surroundings, isInteractive: false, notify: () => {} });
      const isTooSlow = new Promise<false>((resolve) => setTimeout(resolve, longestProbe, false));
      return Promise.race([quiet.available().then(({ available }) => available), isTooSlow]);
    },
    ownDirectories: () => ownDirectories(home),
    settings: () => readProfileSettings(profile, home),
    choose: (chosen) => writeProfileSettings(profile, chosen, home),
  };
}

/** The shell for which hexuser prints lines: the named one, the person's own, or bash. */
function findShell(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): Shell {
  const shell = shells.find((known) => known === named);
  if (shell !== undefined) return shell;
  const own = basename(env.SHELL ?? "");
  return shells.find((known) => known === own) ?? (platform === "win32" ? "powershell" : "bash");
}

/** The directories of hexuser, mix hex and mix, whether they exist or not. */
function ownDirectories(home: HomeEnvironment): readonly string[] {
  const { env, homedir, platform } = home;
  const { join } = pathOf(platform);
  const inHome = (...names: readonly string[]) => homedir && join(homedir, ...names);
  // With MIX_XDG, mix hex divides its files by the XDG Base Directory Specification.
  const bases = [
    env.XDG_CONFIG_HOME || inHome(".config"),
    env.XDG_CACHE_HOME || inHome(".cache"),
    env.XDG_DATA_HOME || inHome(".local", "share"),
    env.XDG_STATE_HOME || inHome(".local", "state"),
  ];
  return [
    configDirectory(home),
    stateDirectory(home),
    cacheDirectory(home),
    hexHome(home),
    inHome(".hex"),
    ...bases.map((base) => base && join(base, "hex")),
    env.MIX_HOME || inHome(".mix"),
  ].filter((directory): directory is string => Boolean(directory));
}

/**
 * Uses a key from the environment instead of the backend's credentials. The backend never stores this key. Its own
 * credentials can still be listed, and ended by `deauth`. If the backend can't be read, a command with its own key
 * still works.
 */
export function withEnvironmentKey(
  backend: CredentialBackend,
  apiKey: string,
  variableName: string,
): CredentialBackend {
  return {
    ...backend,
    async read(account) {
      const kept = await backend.read(account).catch(() => undefined);
      return { ...kept, apiKey, apiKeyFrom: variableName };
    },
  };
}

/** A backend that the person may not have chosen. hexuser reads and stores nothing there. */
export function closeBackend(backend: CredentialBackend, failure: FailureError): CredentialBackend {
  const refuse = () => Promise.reject(failure);
  return { ...backend, available: async () => unusable(failure), list: refuse, read: refuse, update: refuse };
}
