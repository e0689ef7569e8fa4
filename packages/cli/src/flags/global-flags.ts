import type { Completes } from "@hexuser/core";
import { backendNames } from "@hexuser/credentials/backends";

/** A flag as data: the help, the parser and the search for the command among the arguments are made from it. */
export interface FlagDescription {
  readonly name: string;
  /** How its value is called in the help; none: it has no value. */
  readonly value?: string | undefined;
  readonly description: string;
  /** The environment variable that says the same. */
  readonly env?: string | undefined;
  readonly char?: string | undefined;
  readonly repeatable?: boolean | undefined;
  readonly choices?: readonly string[] | undefined;
  readonly completes?: Completes | undefined;
}

/** What every command takes. */
export const globalFlags = [
  {
    name: "backend",
    value: "NAME",
    description: `where credentials are kept: ${backendNames()}`,
    env: "HEXUSER_BACKEND",
    completes: "backend",
  },
  {
    name: "profile",
    value: "NAME",
    description: "whose credentials and settings",
    env: "HEXUSER_PROFILE",
    completes: "profile",
  },
  {
    name: "api-url",
    value: "URL",
    description: "the registry's API; hex.pm's otherwise",
    env: "HEX_API_URL",
  },
  { name: "otp", value: "CODE", description: "the two-factor code, six digits", env: "HEX_OTP" },
  { name: "password-stdin", description: "read the account password from standard input" },
  { name: "local-password-stdin", description: "read the local password from standard input" },
  { name: "dry-run", description: "print the call, as JSON, and do nothing" },
  { name: "json", description: "one JSON document on standard output" },
  { name: "no-input", description: "never ask; what is missing is a failure" },
  { name: "quiet", description: "no notices and no progress" },
  { name: "verbose", description: "more about what is done, requests included" },
  { name: "no-color", description: "no colours", env: "NO_COLOR" },
  {
    name: "accessible",
    description: "questions in plain lines, for screen readers",
    env: "ACCESSIBLE",
  },
  {
    name: "timeout",
    value: "SECONDS",
    description: "how long one request may take, redirects and repetitions included",
    env: "HEX_HTTP_TIMEOUT",
  },
  {
    name: "max-wait",
    value: "SECONDS",
    description: "how long one request may wait because the registry asks for it (rate limits); 61 otherwise",
    env: "HEXUSER_MAX_WAIT",
  },
  {
    name: "allow-http",
    description: "send secrets to this registry though its address is plain http and others can read them",
  },
  { name: "help", char: "h", description: "show this help" },
  { name: "version", description: "show the version" },
] as const satisfies readonly FlagDescription[];
