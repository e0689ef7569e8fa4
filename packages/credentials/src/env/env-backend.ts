import {
  type AccountKey,
  type CredentialBackend,
  fail,
  type HexClient,
  hint,
  isSealed,
  type Shell,
  type StoredCredentials,
} from "@hexuser/core";
import { checkOrigin } from "../backend-failure.ts";
import type { Environment } from "../file/directories.ts";
import { exportLines, unsetLines } from "./shell-lines.ts";

export interface EnvBackendOptions {
  readonly env: Environment;
  /** The account of this run. `list` returns it, because variables don't name a registry. */
  readonly account?: AccountKey | undefined;
  /** The shell that evaluates the lines. */
  readonly shell?: Shell | undefined;
  /** The program that reads the variables; by default, mix hex. */
  readonly client?: HexClient | undefined;
  /**
   * Takes the lines that the person's shell has to evaluate, without line breaks. They contain secrets. Without it,
   * nothing can be changed.
   */
  readonly print?: ((lines: readonly string[]) => void) | undefined;
  /** Takes what a person should know about the printed lines. */
  readonly notify?: ((message: string) => void) | undefined;
}

/** The variables for an API key, in order of precedence. The second is Gleam's. */
const apiKeyVariables = ["HEX_API_KEY", "HEXPM_API_KEY"] as const;
const repositoriesVariable = "HEX_REPOS_KEY";

/** rebar3 and Gleam read no variable for repositories. */
const variablesOf: Readonly<Record<HexClient, { readonly apiKey: string; readonly repositories?: string }>> =
  {
    mix: { apiKey: "HEX_API_KEY", repositories: repositoriesVariable },
    rebar3: { apiKey: "HEX_API_KEY" },
    gleam: { apiKey: "HEXPM_API_KEY" },
  };

/**
 * The variable in which a program reads a key, and the line that sets it: for a shell, or in the form of GitHub's files
 * and systemd.
 */
export function apiKeyLine(key: string, client: HexClient, shell: Shell | "plain"): string {
  const { apiKey } = variablesOf[client];
  return shell === "plain" ? `${apiKey}=${key}` : exportLines(shell, { [apiKey]: key }).join("\n");
}

/**
 * Takes credentials from the environment: `HEX_API_KEY`, or Gleam's `HEXPM_API_KEY`, as the key of every account, and
 * `HEX_REPOS_KEY` as its repositories key.
 *
 * A program can't change the environment of the shell that started it. So `update` prints lines for the shell: they set
 * the variables that `toVariables` makes of the credentials, and unset those that hold something else. For a session, it
 * prints the access token, which expires soon and can't be renewed. If there is no `print`, `update` fails with
 * `storage_write_failed`, unless the change removes something that isn't there.
 *
 * A change gets only the API key. The registry revokes whatever a change removes, and it must not revoke a repositories
 * key that the person set.
 *
 * @example createEnvBackend({ env: process.env, shell: "bash", print: (lines) => console.log(lines.join("\n")) })
 */
export function createEnvBackend(options: EnvBackendOptions): CredentialBackend {
  const { env, account: listed, print } = options;
  return {
    id: "env",
    keyKinds: ["write", "repositories"],
    ...(print === undefined ? { readOnly: nothingKept(setVariables(env)) } : {}),
    available: async () => ({ available: true }),
    isEnvironment: true,
    location: () => apiKeyVariable(env) ?? (env[repositoriesVariable] ? repositoriesVariable : "HEX_API_KEY"),
    list: async () =>
      listed === undefined || readVariables(env) === undefined ? [] : [{ ...listed, assumed: true }],
    async read({ origin }) {
      checkOrigin(origin);
      return readVariables(env);
    },
    async update({ origin }, change) {
      checkOrigin(origin);
      const apiKey = readVariables(env)?.apiKey;
      const given = apiKey === undefined ? undefined : { apiKey };
      // Nothing is stored, so there is no room to reserve.
      const next = await change(given, async () => {});
      if (next !== given || (next === undefined && setVariables(env).length > 0)) {
        writeVariables(next, options);
      }
    },
  };
}

function writeVariables(next: StoredCredentials | undefined, options: EnvBackendOptions): void {
  const { env, shell = "bash", client = "mix", print } = options;
  const variables = toVariables(next ?? {}, client);
  const set = setVariables(env);
  if (set.length === 0 && Object.keys(variables).length === 0) return;
  if (print === undefined) {
    const { why, hint } = nothingKept(set);
    throw fail("storage_write_failed", why, { hint, details: { backend: "env" } });
  }
  const over = set.filter((name) => variables[name] === undefined);
  print([...unsetLines(shell, over), ...exportLines(shell, variables)]);
  const { session } = next ?? {};
  if (session !== undefined && next?.apiKey === undefined) {
    const until = new Date(session.expiresAt * 1000).toISOString().replace(/\.\d+Z$/, "Z");
    options.notify?.(
      `The session in ${variablesOf[client].apiKey} is valid until ${until} and can't be renewed. Sign in again after that.`,
    );
  }
}

function nothingKept(set: readonly string[]): NonNullable<CredentialBackend["readOnly"]> {
  const names = set.length === 0 ? "HEX_API_KEY" : set.join(" and ");
  return {
    why: "hexuser can read the environment, but can't store anything there.",
    hint: hint`set or unset ${names} yourself, or run ${{ call: "auth", given: { backend: "env" } }} for lines that do (they can't be JSON), or store the credentials in another place with ${{ option: "backend", value: "file" }}.`,
  };
}

/** The variables that are set. An empty one counts as absent. */
function setVariables(env: Environment): string[] {
  return [...apiKeyVariables, repositoriesVariable].filter((name) => env[name]);
}

/**
 * Reads the key in a variable, without the line break that `$(…)` of Windows and files of secrets leave at its end.
 * Fails with `invalid_input`, without showing the value, if it can't be a key.
 */
export function readKeyVariable(env: Environment, name: string): string | undefined {
  const key = env[name]?.trim();
  if (!key) return undefined;
  if (/^[\x20-\x7e]+$/.test(key)) return key;
  throw fail("invalid_input", `${name} contains a character that no key has.`, {
    hint: hint`set ${name} to nothing but the key, or unset it.`,
  });
}

/** The variable with the API key, if there is one. */
function apiKeyVariable(env: Environment): string | undefined {
  return apiKeyVariables.find((name) => env[name]?.trim());
}

function readVariables(env: Environment): StoredCredentials | undefined {
  const name = apiKeyVariable(env);
  const apiKey = name === undefined ? undefined : readKeyVariable(env, name);
  const repositories = readKeyVariable(env, repositoriesVariable);
  if (apiKey === undefined && repositories === undefined) return undefined;
  return {
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(repositories === undefined ? {} : { keys: { repositories } }),
  };
}

/**
 * Makes the variables that a program reads of credentials. For mix hex, `HEX_API_KEY` is the key that the person gave; or else `Bearer` and the access token
 * of the session, which mix hex sends unchanged; or else the write key of a classic sign-in, or its read key.
 * `HEX_REPOS_KEY` is the repositories key. There are no variables for a session's refresh token and the names of keys.
 *
 * Fails with `storage_write_failed` if a local password encrypts the write key.
 */
function toVariables(
  { apiKey, session, keys }: StoredCredentials,
  client: HexClient,
): Record<string, string> {
  const write = keys?.write;
  if (write !== undefined && isSealed(write)) {
    throw fail("storage_write_failed", "A variable can't hold a key that a local password encrypts.", {
      hint: hint`sign in again with ${{ call: "auth", given: { backend: "env" } }}.`,
    });
  }
  const bearer = session === undefined ? undefined : `Bearer ${session.accessToken}`;
  const signing = apiKey ?? bearer ?? write ?? keys?.read;
  const names = variablesOf[client];
  return {
    ...(signing === undefined ? {} : { [names.apiKey]: signing }),
    ...(keys?.repositories === undefined || names.repositories === undefined
      ? {}
      : { [names.repositories]: keys.repositories }),
  };
}
