import type { z } from "zod";
import type { Emit } from "./event.ts";
import type { ClassicKeys, Session } from "./stored-credentials.ts";
import type { Clock, Registry, RegistryTraits, Transport } from "./transport.ts";

/** The part of the context that a method uses. */
export interface AuthContext {
  readonly registry: Registry;
  readonly http: Transport;
  readonly clock: Clock;
  /** The name of this machine, which labels keys and sessions. */
  readonly hostname: string;
  readonly emit: Emit;
  /** Aborts when the person interrupts the command. */
  readonly signal: AbortSignal;
}

/** The credentials that a method obtains. Its secrets are plain. */
export type Credentials =
  | { readonly kind: "key"; readonly apiKey: string }
  | { readonly kind: "keys"; readonly keys: ClassicKeys & { readonly write: string } }
  | { readonly kind: "session"; readonly session: Session };

/**
 * A way to sign in. It describes itself: operations and front ends choose a method by what it yields and needs, never
 * by its id.
 */
export interface AuthMethod {
  /** "device", "password", "key", "token". */
  readonly id: string;
  /** The kind of credentials that `acquire` returns. */
  readonly yields: Credentials["kind"];
  /** What the person needs: a browser to approve the sign-in, the account password, or an API key. */
  readonly needs: "browser" | "account_password" | "key";
  /** hexuser uses this method only if the person asks for it. It tries the others in the order of their list. */
  readonly isOnRequest?: boolean;
  /** The trait of the registry that its answer to this method reveals. */
  readonly shows?: keyof RegistryTraits;
  /** The fields that the method takes, including answers. */
  readonly input: z.ZodObject;
  /**
   * Obtains credentials. It asks for nothing, and a failure undoes what it began. Fails with `not_supported` at a
   * registry that doesn't know the method, and with `authentication_refused` at a registry that has switched it off.
   * Then `details.method` names the method to use instead.
   */
  acquire(input: unknown, ctx: AuthContext): Promise<Credentials>;
  /**
   * Finds out, without side effects, whether the registry refuses the person's input, before a front end asks for more.
   * Fails as `acquire` does.
   */
  check?(input: unknown, ctx: AuthContext): Promise<void>;
  /** Finds out, without side effects, whether the registry knows the method. */
  isOffered?(ctx: AuthContext): Promise<boolean>;
  refresh?(credentials: Credentials, ctx: AuthContext): Promise<Credentials>;
  revoke?(credentials: Credentials, ctx: AuthContext): Promise<void>;
}
