import { basename } from "node:path";
import { type Context, type CredentialBackend, type Emit, fail, hint } from "@hexuser/core";
import {
  type BackendKind,
  configDirectory,
  type HexClient,
  type HomeEnvironment,
  hexClients,
  hexHome,
  openBackend,
  requireKind,
  type Shell,
  shells,
  stateDirectory,
} from "@hexuser/credentials";
import { findBackends } from "@hexuser/credentials/backends";
import { pathOf } from "@hexuser/credentials/directories";
import { cacheDirectory } from "./home.ts";
import { packedKeychainWorker } from "./keychain-worker.ts";
import { type ProfileSettings, readProfileSettings, writeProfileSettings } from "./profile-settings.ts";
import type { StoreSettings } from "./settings.ts";

/** How a backend describes itself. */
type BackendDescription = ReturnType<BackendKind["describe"]> & Pick<BackendKind, "isShared" | "canKeep">;

/** The backends of this program, for the commands that are about them. */
export interface Backends {
  /** The one in use for this profile. */
  readonly inUse: string;
  /** What could be used here: the program's own, and the helpers that are installed. */
  ids(): readonly string[];
  /** What a backend is called, what it means to use it, and what it can do. Fails as `make` does. */
  describe(id: string): BackendDescription;
  /** Fails with `invalid_input` for an unknown name. */
  make(id: string): Promise<CredentialBackend>;
  /** Finds out within seconds, and without asking the person, whether the backend could be used. */
  isUsable(id: string): Promise<boolean>;
  /** The directories of hexuser, mix hex and mix, whether they exist or not. */
  ownDirectories(): readonly string[];
  settings(): ProfileSettings;
  choose(settings: ProfileSettings): Promise<void>;
}

/** What commands that are no operations get, besides the context of operations. */
export interface CommandContext extends Context {
  /** The home that may be touched. */
  readonly home: HomeEnvironment;
  readonly backends: Backends;
}

/** Milliseconds that a backend has to say that it can be used, where it's one of several to choose from. */
const longestProbe = 5_000;

/** What backends get of the command that uses them. */
interface BackendSource {
  /** The value of `--shell`. */
  readonly shell: string | undefined;
  readonly client?: string | undefined;
  readonly emit: Emit;
  /** Whether a person is there whom a backend can ask. */
  readonly isInteractive?: boolean | undefined;
  /** Takes the lines for the shell; absent if nothing can be changed there. */
  readonly printLines?: ((lines: readonly string[]) => void) | undefined;
}

/** Makes the backends of one account. */
export function createBackends(
  { backend: inUse, profile }: Pick<StoreSettings, "backend" | "profile">,
  origin: string,
  home: HomeEnvironment,
  { shell, client, emit, isInteractive = false, printLines }: BackendSource,
): Backends {
  const { env } = home;
  const surroundings = {
    home,
    account: { profile, origin },
    isInteractive,
    get keychainWorker() {
      return packedKeychainWorker();
    },
    notify: (message: string) => emit({ type: "notice", message }),
    shellLines: printLines && {
      shell: findShell(shell, env, process.platform),
      client: findClient(client),
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

/** The shell that lines are printed for: the one that was named, else the person's own, else bash. */
function findShell(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): Shell {
  const shell = shells.find((known) => known === named);
  if (shell !== undefined) return shell;
  if (named !== undefined) {
    throw fail("invalid_input", `hexuser doesn't know the shell “${named.slice(0, 60)}”.`, {
      hint: hint`give --shell one of: ${shells.join(", ")}.`,
    });
  }
  const own = basename(env.SHELL ?? "");
  return shells.find((known) => known === own) ?? (platform === "win32" ? "powershell" : "bash");
}

function findClient(named: string | undefined): HexClient | undefined {
  const client = hexClients.find((known) => known === named);
  if (named === undefined || client !== undefined) return client;
  throw fail("invalid_input", `hexuser doesn't know the variables of “${named.slice(0, 60)}”.`, {
    hint: hint`give --for one of: ${hexClients.join(", ")}.`,
  });
}

/** The directories in which hexuser, mix hex and mix keep what is theirs, whether they exist or not. */
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
 * Puts a key from the environment before what a backend keeps. It's only read: what is stored goes to the backend,
 * which never sees the key, and what the backend keeps besides can still be seen, and ended by `deauth`. A store that
 * can't be read doesn't matter to a command that has its key.
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
