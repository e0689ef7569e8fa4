import { fail, isSealed, type StoredCredentials } from "@hexuser/core";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that hold credentials, in the order in which they are looked at; the second is Gleam's. */
const apiKeyVariables = ["HEX_API_KEY", "HEXPM_API_KEY"] as const;
export const repositoriesVariable = "HEX_REPOS_KEY";

/** Those that are set; an empty one counts as absent. */
export function setVariables(env: Environment): string[] {
  return [...apiKeyVariables, repositoriesVariable].filter((name) => env[name]);
}

/**
 * The key that a variable holds, without the line break that `$(…)` of Windows and files of secrets leave at its end.
 * Fails with `invalid_input`, and doesn't show it, for what can't be a key.
 */
export function readKeyVariable(env: Environment, name: string): string | undefined {
  const key = env[name]?.trim();
  if (!key) return undefined;
  if (/^[\x20-\x7e]+$/.test(key)) return key;
  throw fail("invalid_input", `${name} holds no key: there is a character in it that no key has.`, {
    hint: `set ${name} anew, to the key alone, or unset it.`,
  });
}

/** The variable that the API key is taken from, if there is one. */
export function apiKeyVariable(env: Environment): string | undefined {
  return apiKeyVariables.find((name) => env[name]?.trim());
}

/** What the environment holds, `undefined` when that is nothing. Of several API keys, the first. */
export function readVariables(env: Environment): StoredCredentials | undefined {
  const name = apiKeyVariable(env);
  const apiKey = name === undefined ? undefined : readKeyVariable(env, name);
  const repositories = readKeyVariable(env, repositoriesVariable);
  if (apiKey === undefined && repositories === undefined) {
    return undefined;
  }
  return {
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(repositories === undefined ? {} : { keys: { repositories } }),
  };
}

/**
 * The variables that stand for credentials. `HEX_API_KEY` is the key that the person brought; else `Bearer` and the
 * access token of the session, which mix hex sends as it is; else the write key of a classic sign-in, or its read
 * key. `HEX_REPOS_KEY` is the repositories key. What has no variable is left out: a session's refresh token, the
 * names of keys.
 *
 * Fails with `storage_write_failed` for a write key that lies under a local password.
 */
export function toVariables({ apiKey, session, keys }: StoredCredentials): Record<string, string> {
  const write = keys?.write;
  if (write !== undefined && isSealed(write)) {
    throw fail("storage_write_failed", "The environment can't hold a key that lies under a local password.", {
      hint: "sign in again with `hexuser auth --backend env`.",
    });
  }
  const bearer = session === undefined ? undefined : `Bearer ${session.accessToken}`;
  const signing = apiKey ?? bearer ?? write ?? keys?.read;
  return {
    ...(signing === undefined ? {} : { HEX_API_KEY: signing }),
    ...(keys?.repositories === undefined ? {} : { [repositoriesVariable]: keys.repositories }),
  };
}
