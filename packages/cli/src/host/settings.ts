import { fail, hint } from "@hexuser/core";
import { defaultProfile, type HexSettings, readKeyVariable } from "@hexuser/credentials";
import { backendKinds } from "@hexuser/credentials/backends";
import type { Options } from "../argv/options.ts";
import type { ProxySettings } from "../http/proxy.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** How to reach the registry. */
export interface RegistrySettings {
  readonly apiUrl: string;
  /** Milliseconds for one request, including its redirects and repetitions. */
  readonly timeout: number;
  /** The longest wait that the registry may ask for, in milliseconds. `undefined` means core's own limit. */
  readonly maxWait: number | undefined;
  readonly offline: boolean;
  readonly proxies: ProxySettings;
  readonly cacertsPath: string | undefined;
  readonly unsafeHttps: boolean;
}

/** The place of the credentials. hexuser needs it before it reads `hex.config`, because that file is in the profile. */
export interface StoreSettings {
  readonly backend: string;
  readonly profile: string;
  /** A key from the environment, unless a flag names another place. */
  readonly apiKey: string | undefined;
}

const defaultApiUrl = "https://hex.pm/api";
const [{ name: defaultBackend } = { name: "" }] = backendKinds;
const defaultTimeout = 15_000;

/**
 * Finds out where credentials are. Precedence: a flag, the environment, the person's choice, the default.
 *
 * @param chosen returns the chosen backend of a profile
 */
export function readStoreSettings(
  options: Options,
  env: Environment,
  chosen: (profile: string) => string | undefined,
): StoreSettings {
  const backend = options.backend;
  const profileFlag = options.profile;
  const profile = profileFlag ?? variable(env, "HEXUSER_PROFILE") ?? defaultProfile;
  return {
    backend: backend ?? variable(env, "HEXUSER_BACKEND") ?? chosen(profile) ?? defaultBackend,
    profile,
    apiKey:
      backend === undefined && profileFlag === undefined ? readKeyVariable(env, "HEX_API_KEY") : undefined,
  };
}

/**
 * Finds out how to reach the registry. Precedence: a flag, the environment, `hex.config`, the default. Fails with
 * `invalid_input` for an invalid address, number, or yes or no.
 */
export function readRegistrySettings(
  options: Options,
  env: Environment,
  config: HexSettings,
): RegistrySettings {
  const timeout =
    readSeconds(options.timeout, "--timeout") ??
    readSeconds(variable(env, "HEX_HTTP_TIMEOUT"), "HEX_HTTP_TIMEOUT") ??
    (config.httpTimeout === undefined ? defaultTimeout : config.httpTimeout * 1000);
  return {
    apiUrl: readApiUrl(options, env, config),
    timeout,
    maxWait:
      readSeconds(options.maxWait, "--max-wait", { least: 0 }) ??
      readSeconds(variable(env, "HEXUSER_MAX_WAIT"), "HEXUSER_MAX_WAIT", { least: 0 }),
    offline: readFlagWord(variable(env, "HEX_OFFLINE"), "HEX_OFFLINE") ?? config.offline ?? false,
    proxies: {
      http: variable(env, "http_proxy", "HTTP_PROXY") ?? config.httpProxy,
      https: variable(env, "https_proxy", "HTTPS_PROXY") ?? config.httpsProxy,
      all: variable(env, "all_proxy", "ALL_PROXY"),
      no: variable(env, "no_proxy", "NO_PROXY") ?? config.noProxy,
    },
    cacertsPath: variable(env, "HEX_CACERTS_PATH") ?? config.cacertsPath,
    unsafeHttps:
      readFlagWord(variable(env, "HEX_UNSAFE_HTTPS"), "HEX_UNSAFE_HTTPS") ?? config.unsafeHttps ?? false,
  };
}

/** Tells whether a program runs hexuser that can't answer questions. */
export function isContinuousIntegration(env: Environment): boolean {
  return isSwitchedOn(env.CI);
}

/**
 * Tells whether colours are unwanted, whatever the terminal supports. `NO_COLOR` counts with any value (no-color.org).
 */
export function isColorUnwanted(options: Partial<Options>, env: Environment): boolean {
  return (
    options.noColor === true || variable(env, "NO_COLOR") !== undefined || variable(env, "TERM") === "dumb"
  );
}

/** Tells whether the output must not be redrawn, because a screen reader reads it or the terminal can't do it. */
export function isPlainWanted(options: Partial<Options>, env: Environment): boolean {
  return options.accessible === true || isSwitchedOn(env.ACCESSIBLE) || variable(env, "TERM") === "dumb";
}

/** Tells whether two-factor codes are hidden while they are typed. */
export function isCodeHidden(env: Environment): boolean {
  return isSwitchedOn(env.HEXUSER_HIDE_CODES);
}

/** Returns the value of the first of these variables that is set. An empty one counts as unset. */
export function variable(env: Environment, ...names: readonly string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== "");
}

function readApiUrl(options: Options, env: Environment, config: HexSettings): string {
  const sources: [string, string | undefined][] = [
    ["--api-url", options.apiUrl],
    ["HEX_API_URL", variable(env, "HEX_API_URL")],
    ["HEX_API", variable(env, "HEX_API")],
    ["api_url in hex.config", config.apiUrl || undefined],
  ];
  const [source, given] = sources.find(([, value]) => value !== undefined) ?? ["", defaultApiUrl];
  const url = URL.canParse(given ?? "") ? new URL(given ?? "") : undefined;
  if (
    url === undefined ||
    !["http:", "https:"].includes(url.protocol) ||
    url.search !== "" ||
    url.hash !== ""
  ) {
    throw fail("invalid_input", `${source} is not the address of an API.`, {
      hint: hint`give an address that begins with https:// or http://, like ${defaultApiUrl}.`,
    });
  }
  if (url.username !== "" || url.password !== "") {
    throw fail("invalid_input", `${source} holds a username or a password.`, {
      hint: hint`give the address without them, and sign in with \`hexuser auth\`.`,
    });
  }
  return url.href.replace(/\/+$/, "");
}

const longestTimeout = 24 * 60 * 60;

/**
 * Reads a number of seconds and returns milliseconds. `source` names the flag or variable for the message. Zero seconds
 * are allowed only if `least` is 0.
 */
function readSeconds(
  text: string | undefined,
  source: string,
  { least }: { readonly least?: 0 } = {},
): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if ((seconds > 0 || seconds === least) && seconds <= longestTimeout) return Math.ceil(seconds * 1000);
  throw fail("invalid_input", `${source} is not a number of seconds.`, {
    hint: hint`give ${source} a number ${least === 0 ? "from 0 on" : "above 0"}, like 30.`,
  });
}

/** The words for yes and no in all variables: those of mix hex, and other common ones. */
const yesAndNo: ReadonlyMap<string, boolean> = new Map([
  ...["1", "true", "yes", "on"].map((word) => [word, true] as const),
  ...["0", "false", "no", "off", ""].map((word) => [word, false] as const),
]);

/** Reads yes or no. Any other text counts as yes, because `CI` may hold the name of a service. */
function isSwitchedOn(text: string | undefined): boolean {
  return text !== undefined && (yesAndNo.get(text.trim().toLowerCase()) ?? true);
}

/** Reads yes or no. Fails with `invalid_input` for any other text. */
function readFlagWord(text: string | undefined, source: string): boolean | undefined {
  const word = text === undefined ? undefined : yesAndNo.get(text.trim().toLowerCase());
  if (text === undefined || word !== undefined) return word;
  throw fail("invalid_input", `${source} is neither true nor false.`, {
    hint: hint`set ${source} to 1 or 0.`,
  });
}
