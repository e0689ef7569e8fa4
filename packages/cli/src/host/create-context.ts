import { hostname } from "node:os";
import { join } from "node:path";
import {
  type Clock,
  type Emit,
  FailureError,
  fail,
  hint,
  isReadableOnTheWay,
  type Registry,
  refusePlainHttp,
  type Transport,
} from "@hexuser/core";
import {
  findExposedCredentials,
  findProfileDirectory,
  type HexSettings,
  type HomeEnvironment,
  readSettings,
  requireKind,
  stateDirectory,
} from "@hexuser/credentials";
import { quote } from "../argv/command-line.ts";
import type { Options } from "../argv/options.ts";
import { createHttpTransport } from "../http/http-transport.ts";
import { isReadableByProxy } from "../http/proxy.ts";
import { type CommandContext, closeBackend, createBackends, withEnvironmentKey } from "./backends.ts";
import { enterHome, findHome, HomeClosed, withoutHome } from "./home.ts";
import { isHttpAllowed } from "./http-allowance.ts";
import { type ProfileSettings, readProfileSettings } from "./profile-settings.ts";
import { createRegistryCache } from "./registry-cache.ts";
import {
  type Environment,
  isContinuousIntegration,
  type RegistrySettings,
  readRegistrySettings,
  readStoreSettings,
  type StoreSettings,
  variable,
} from "./settings.ts";
import { version } from "./version.generated.ts";

export interface ContextSource {
  readonly options: Options;
  readonly env: Environment;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Prints a line about each request. */
  readonly trace?: ((line: string) => void) | undefined;
  /** Called with the host of each request. The returned function is called when the answer has come. */
  readonly waitFor?: ((host: string) => () => void) | undefined;
  /** Whether a person can be asked. */
  readonly isInteractive?: boolean;
  /** Whether the command sends nothing to the registry, so that plain http isn't a risk. */
  readonly isLocal?: boolean;
  /** Prints the shell lines of the backend `env`. Absent if this command can't change the shell. */
  readonly printLines?: ((lines: readonly string[]) => void) | undefined;
  /** Leaves the terminal to another program meanwhile. */
  readonly lend?: (<T>(run: () => Promise<T>) => Promise<T>) | undefined;
}

/**
 * Creates the context with all effects that an operation may have. This is the only place that does. Fails with
 * `invalid_input` for a registry whose plain http isn't allowed, before anything asks for a secret.
 */
export async function createContext(source: ContextSource): Promise<CommandContext> {
  const { options, env, emit, signal } = source;
  const home = openHome(source);
  let chosen: ProfileSettings | undefined;
  const readChosen = (profile: string) => {
    chosen ??= readProfileSettings(profile, home);
    return chosen;
  };
  let unreadable: FailureError | undefined;
  const store = readStoreSettings(options, env, (profile) => {
    try {
      return readChosen(profile).backend;
    } catch (error) {
      if (!(error instanceof FailureError) || !isKeyGiven(options, env)) throw error;
      unreadable = error;
      emit({ type: "warning", message: `${error.failure.message} Only the key in HEX_API_KEY is used.` });
      return undefined;
    }
  });
  // The profile holds the settings, whichever backend stores the credentials.
  const config = await readConfigSettings(store, home, source);
  const settings = readRegistrySettings(options, env, config);
  const registry = describeRegistry(settings, source, () => readChosen(store.profile).allowHttp);
  if (source.isLocal !== true) refusePlainHttp(registry);
  const backends = createBackends(store, new URL(settings.apiUrl).origin, home, {
    ...source,
    shell: options.shell,
    client: options.for,
  });
  const { canKeep } = backends.describe(store.backend);
  const made = await backends.make(store.backend);
  const backend = unreadable === undefined ? made : closeBackend(made, unreadable);
  return {
    registry,
    http: watchRequests(createHttpTransport(settings), source),
    memory: createRegistryCache(settings.apiUrl, home),
    profile: store.profile,
    async keyJournal() {
      const directory = stateDirectory(home);
      if (directory === undefined) return undefined;
      const { createKeyJournal } = await import("./key-journal.ts");
      const account = { profile: store.profile, origin: new URL(settings.apiUrl).origin };
      return createKeyJournal(join(directory, "keys"), account);
    },
    home,
    backends,
    credentials:
      store.apiKey === undefined || !canKeep
        ? backend
        : withEnvironmentKey(backend, store.apiKey, "HEX_API_KEY"),
    authMethods: async () => {
      const { authMethods } = await import("@hexuser/auth");
      return authMethods({
        clientId: options.clientId ?? variable(env, "HEXUSER_CLIENT_ID"),
      });
    },
    clock: systemClock,
    hostname: hostname(),
    emit,
    signal,
  };
}

function describeRegistry(
  { apiUrl, timeout, maxWait, offline, proxies, unsafeHttps }: RegistrySettings,
  { options, env }: ContextSource,
  allowed: () => readonly string[] | undefined,
): Registry {
  const isReadable = isReadableOnTheWay(apiUrl) || isReadableByProxy(apiUrl, proxies);
  return {
    apiUrl,
    userAgent: `hexuser/${version} (node)${isContinuousIntegration(env) ? " (CI)" : ""}`,
    timeout,
    maxWait,
    offline,
    isReadable,
    allowsHttp: isReadable && isHttpAllowed(new URL(apiUrl).origin, options, env, () => allowed() ?? []),
    skipsCertificates: unsafeHttps,
  };
}

/**
 * Returns the home to work in. Fails if hexuser can't enter it, unless a flag or the environment gives both a key and
 * the registry's address. In that case, hexuser doesn't need the home and touches nothing in it.
 */
function openHome({ options, env, trace }: ContextSource): HomeEnvironment {
  try {
    return enterHome(findHome(env), trace);
  } catch (error) {
    if (!(error instanceof HomeClosed)) throw error;
    if (isRegistryNamed(options, env) && isKeyGiven(options, env))
      return withoutHome({ env, platform: process.platform });
    throw fail("storage_unavailable", error.message, {
      hint: hint`${error.hint}; or give HEX_API_KEY and HEX_API_URL, which need no home.`,
      details: { reason: "home_closed" },
      cause: error,
    });
  }
}

function isRegistryNamed(options: Options, env: Environment): boolean {
  return options.apiUrl !== undefined || variable(env, "HEX_API_URL", "HEX_API") !== undefined;
}

/** Tells whether the environment holds a key and no flag names another place. */
function isKeyGiven(options: Options, env: Environment): boolean {
  const isElsewhere = options.backend !== undefined || options.profile !== undefined;
  return variable(env, "HEX_API_KEY") !== undefined && !isElsewhere;
}

/**
 * Reads the settings in the profile's `hex.config`. An unreadable file may name the only registry that may get the
 * credentials, so this fails unless both the registry and the credentials come from elsewhere.
 */
async function readConfigSettings(
  { backend, profile, apiKey }: StoreSettings,
  home: HomeEnvironment,
  { options, env, emit, isLocal }: ContextSource,
): Promise<HexSettings> {
  const isFileNeeded =
    isLocal !== true &&
    (!isRegistryNamed(options, env) || (requireKind(backend).isShared && apiKey === undefined));
  const directory = findProfileDirectory(profile, home);
  if (directory === undefined) return {};
  try {
    const settings = await readSettings(directory);
    const exposed = await findExposedCredentials(directory);
    if (exposed !== undefined) {
      const message = `Other users of this machine can read the credentials in ${exposed}. To fix: chmod 600 ${quote(exposed)}`;
      emit({ type: "warning", message });
    }
    return settings;
  } catch (error) {
    const isOfFile =
      error instanceof FailureError && /^storage_(damaged|unavailable)$/.test(error.failure.code);
    if (isFileNeeded || !isOfFile) throw error;
    emit({ type: "warning", message: `${error.failure.message} Its settings are not used.` });
    return {};
  }
}

/** Milliseconds. Node's timers can't wait longer. */
const longestSleep = 2 ** 31 - 1;

/** The clock of this machine. */
const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    const { setTimeout: wait } = process.getBuiltinModule("node:timers/promises");
    const time = Math.min(Math.max(0, milliseconds), longestSleep);
    await wait(time, undefined, signal && { signal }).catch(() => Promise.reject(signal?.reason));
  },
};

/**
 * Prints the method, address, status and duration of each request, and says what hexuser waits for. It never prints a
 * header or a body, which hold secrets.
 */
function watchRequests(
  transport: Transport,
  { trace, waitFor }: Pick<ContextSource, "trace" | "waitFor">,
): Transport {
  return async (request) => {
    const started = performance.now();
    const isOver = waitFor?.(new URL(request.url).host);
    let outcome = "no answer";
    try {
      const response = await transport(request);
      outcome = String(response.status);
      return response;
    } finally {
      isOver?.();
      trace?.(
        `${request.method} ${withoutQuery(request.url)} → ${outcome} (${Math.round(performance.now() - started)} ms)`,
      );
    }
  };
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
