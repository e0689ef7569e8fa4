import type { AnswerName, Completes } from "@hexuser/core";
import { backendNames } from "@hexuser/credentials/backends";

/**
 * A flag as data. The help and the parser are made from it, and hexuser uses it to find the command among the
 * arguments.
 */
export interface FlagDescription {
  readonly name: string;
  /** The name of its value in the help. A flag without it takes no value. */
  readonly value?: string | undefined;
  readonly description: string;
  /** The environment variable that gives the same value. */
  readonly env?: string | undefined;
  readonly char?: string | undefined;
  readonly repeatable?: boolean | undefined;
  readonly choices?: readonly string[] | undefined;
  readonly completes?: Completes | undefined;
  /** The answers that it gives. */
  readonly answers?: readonly AnswerName[] | undefined;
}

/** The flags of every command. */
export const globalFlags = [
  {
    name: "backend",
    value: "NAME",
    description: `where hexuser keeps credentials: ${backendNames()}`,
    env: "HEXUSER_BACKEND",
    completes: "backend",
  },
  {
    name: "profile",
    value: "NAME",
    description: "a separate set of credentials and settings",
    env: "HEXUSER_PROFILE",
    completes: "profile",
  },
  {
    name: "api-url",
    value: "URL",
    description: "the registry's API; by default hex.pm's",
    env: "HEX_API_URL",
  },
  {
    name: "otp",
    value: "CODE",
    description: "your two-factor code, six digits",
    env: "HEX_OTP",
    answers: ["otp"],
  },
  {
    name: "password-stdin",
    description: "read the account password from standard input",
    answers: ["accountPassword"],
  },
  {
    name: "local-password-stdin",
    description: "read the local password from standard input",
    answers: ["localPassword", "localPasswords", "newLocalPassword"],
  },
  { name: "dry-run", description: "print the call as JSON and change nothing" },
  { name: "json", description: "print one JSON document on standard output" },
  {
    name: "fields",
    value: "NAMES",
    description: "print only these fields of the output as JSON, such as name,keys.expiresAt",
  },
  { name: "jq", value: "EXPR", description: "print what this jq expression makes of the output" },
  { name: "no-input", description: "never ask; a missing value is an error" },
  { name: "quiet", description: "print no notices and no progress" },
  { name: "verbose", description: "print details, requests included" },
  { name: "no-color", description: "print no colours", env: "NO_COLOR" },
  {
    name: "accessible",
    description: "ask in plain lines, for screen readers",
    env: "ACCESSIBLE",
  },
  {
    name: "timeout",
    value: "SECONDS",
    description: "time limit of one request, with its redirects and repetitions",
    env: "HEX_HTTP_TIMEOUT",
  },
  {
    name: "max-wait",
    value: "SECONDS",
    description: "longest wait that the registry may ask for (rate limits); by default 61",
    env: "HEXUSER_MAX_WAIT",
  },
  {
    name: "allow-http",
    description: "send secrets to this registry over plain http, where others can read them",
  },
  { name: "help", char: "h", description: "show this help" },
  { name: "version", description: "show the version" },
] as const satisfies readonly FlagDescription[];
