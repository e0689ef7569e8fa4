import type { AuthMethod } from "./auth-method.ts";
import type { CredentialBackend } from "./credential-backend.ts";
import type { Emit } from "./event.ts";
import type { RegistryMemory } from "./registry/registry-memory.ts";
import type { Transport } from "./transport.ts";

/** Which registry, and how it is reached. */
export interface Registry {
  /** The base of the API, without a slash at its end: `https://hex.pm/api`. */
  readonly apiUrl: string;
  readonly userAgent: string;
  /** Milliseconds for one request. */
  readonly timeout: number;
  /** The person asked that the network isn't used. */
  readonly offline: boolean;
}

export interface Clock {
  /** Milliseconds since the UNIX epoch. */
  now(): number;
  /** Waits that many milliseconds; rejects at once when the signal is given. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Everything that an operation may touch. Made in one place, by the front end. */
export interface Context {
  readonly registry: Registry;
  readonly http: Transport;
  readonly memory: RegistryMemory;
  readonly profile: string;
  readonly credentials: CredentialBackend;
  readonly authMethods: readonly AuthMethod[];
  readonly clock: Clock;
  /** The name of this machine, as keys and sessions are labelled. */
  readonly hostname: string;
  readonly emit: Emit;
  /** Given when the person interrupts. */
  readonly signal: AbortSignal;
}
