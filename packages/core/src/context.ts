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
  /** Milliseconds for one request, with its redirects and repetitions. */
  readonly timeout: number;
  /** Milliseconds that one request waits at the most because the registry asks for it; a minute otherwise. */
  readonly maxWait?: number | undefined;
  /** The person asked that the network isn't used. */
  readonly offline: boolean;
  /** Others can read what is sent for a reason that the address doesn't tell: the way to it. */
  readonly isReadable?: boolean | undefined;
  /** The person allowed that others can read what is sent (plain http). */
  readonly allowsHttp?: boolean | undefined;
  /** The person asked that certificates aren't checked. */
  readonly skipsCertificates?: boolean | undefined;
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
  /** Loads the sign-in methods, in the order in which they are tried. Most operations don't need them. */
  authMethods(): Promise<readonly AuthMethod[]>;
  readonly clock: Clock;
  /** The name of this machine, as keys and sessions are labelled. */
  readonly hostname: string;
  readonly emit: Emit;
  /** Given when the person interrupts. */
  readonly signal: AbortSignal;
}
