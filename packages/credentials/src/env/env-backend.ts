import { type AccountKey, type CredentialBackend, fail, type StoredCredentials } from "@hexuser/core";
import { exportLines, type Shell, unsetLines } from "./shell-lines.ts";
import {
  apiKeyVariable,
  type Environment,
  readVariables,
  repositoriesVariable,
  setVariables,
  toVariables,
} from "./variables.ts";

export interface EnvBackendOptions {
  readonly env: Environment;
  /** The account of this run, which `list` gives: variables don't say whose they are. */
  readonly account?: AccountKey | undefined;
  /** The shell that the lines are for. */
  readonly shell?: Shell | undefined;
  /**
   * Is given the lines that the person's shell has to evaluate, without line breaks; they hold secrets. Without it
   * nothing can be changed.
   */
  readonly print?: ((lines: readonly string[]) => void) | undefined;
  /** Is told what a person should know about what was printed. */
  readonly notify?: ((message: string) => void) | undefined;
}

/**
 * Takes credentials from the environment: `HEX_API_KEY`, or Gleam's `HEXPM_API_KEY`, as the key of every account,
 * and `HEX_REPOS_KEY` as its repositories key.
 *
 * No program can change the environment of the shell that started it. So `update` prints the lines that do, for the
 * shell to evaluate: what `toVariables` makes of the credentials, and lines that unset the variables that hold
 * something else by then. A session is printed as its access token, which soon ends and can't be renewed. Fails with `storage_write_failed` when nobody takes the lines, unless the change removes what isn't there.
 *
 * A change is given the API key alone: what it gives back is ended at the registry, and a repositories key that the
 * person brought is not to be.
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
    async read(account) {
      checkOrigin(account);
      return readVariables(env);
    },
    async update(account, change) {
      checkOrigin(account);
      const apiKey = readVariables(env)?.apiKey;
      const given = apiKey === undefined ? undefined : { apiKey };
      // Nothing is kept, so there is nothing to make room for.
      const next = await change(given, async () => {});
      if (next !== given || (next === undefined && setVariables(env).length > 0)) {
        writeVariables(next, options);
      }
    },
  };
}

function writeVariables(next: StoredCredentials | undefined, options: EnvBackendOptions): void {
  const { env, shell = "bash", print } = options;
  const variables = toVariables(next ?? {});
  const set = setVariables(env);
  if (set.length === 0 && Object.keys(variables).length === 0) {
    return;
  }
  if (print === undefined) {
    throw cannotKeep(set);
  }
  const over = set.filter((name) => variables[name] === undefined);
  print([...unsetLines(shell, over), ...exportLines(shell, variables)]);
  const { session } = next ?? {};
  if (session !== undefined && next?.apiKey === undefined) {
    const until = new Date(session.expiresAt * 1000).toISOString().replace(/\.\d+Z$/, "Z");
    options.notify?.(
      `The session in HEX_API_KEY is good until ${until}, and can't be renewed: sign in again after that.`,
    );
  }
}

function nothingKept(set: readonly string[]): NonNullable<CredentialBackend["readOnly"]> {
  const names = set.length === 0 ? "HEX_API_KEY" : set.join(" and ");
  return {
    why: "The environment can be read, but nothing can be kept there.",
    hint: `set or unset ${names} yourself, or run \`hexuser auth --backend env\` without --json for the lines that do, or keep the credentials elsewhere with --backend file.`,
  };
}

function cannotKeep(set: readonly string[]) {
  const { why, hint } = nothingKept(set);
  return fail("storage_write_failed", why, { hint, details: { backend: "env" } });
}

function checkOrigin({ origin }: AccountKey): void {
  const { protocol } = URL.canParse(origin) ? new URL(origin) : { protocol: "" };
  if (protocol !== "https:" && protocol !== "http:") {
    throw fail("invalid_input", "The registry's address is no http or https address.", {
      hint: "give an address like https://hex.pm/api with --api-url or HEX_API_URL.",
    });
  }
}
