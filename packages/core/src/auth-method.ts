import type { z } from "zod";
import type { Emit } from "./event.ts";
import type { ClassicKeys, Session } from "./stored-credentials.ts";
import type { Clock, Registry, RegistryTraits, Transport } from "./transport.ts";

/** The part of the context that a method uses. */
export interface AuthContext {
  readonly registry: Registry;
  readonly http: Transport;
  readonly clock: Clock;
  /** The name of this machine, as keys and sessions are labelled. */
  readonly hostname: string;
  readonly emit: Emit;
  /** Given when the person interrupts. */
  readonly signal: AbortSignal;
}

/** What a method obtains. No secret in it is sealed. */
export type Credentials =
  | { readonly kind: "key"; readonly apiKey: string }
  | { readonly kind: "keys"; readonly keys: ClassicKeys & { readonly write: string } }
  | { readonly kind: "session"; readonly session: Session };

/**
 * A way to obtain credentials. It describes itself: operations and front ends choose a method by what it yields and
 * needs, and never by its id.
 */
export interface AuthMethod {
  /** "device", "password", "key", "token". */
  readonly id: string;
  /** The kind of credentials that `acquire` gives. */
  readonly yields: Credentials["kind"];
  /** What the person has to have: a browser to approve the sign-in in, the account password, or an API key. */
  readonly needs: "browser" | "account_password" | "key";
  /** Used only if the person asks for it. The other methods are tried in the order of their list. */
  readonly isOnRequest?: boolean;
  /** The trait of the registry that an answer to this method shows. */
  readonly shows?: keyof RegistryTraits;
  /** The fields of `input` that the person named, answers included. */
  readonly input: z.ZodObject;
  /**
   * Obtains credentials. It asks for nothing, and undoes what it began when it fails. Fails with `not_supported` at a
   * registry that doesn't know the method, and with `authentication_refused` at one that has switched it off; then
   * `details.method` names the method that works instead.
   */
  acquire(input: unknown, ctx: AuthContext): Promise<Credentials>;
  /**
   * Finds out, without an effect, whether the registry refuses what the person gave, before they are asked for more. Fails
   * as `acquire` does.
   */
  check?(input: unknown, ctx: AuthContext): Promise<void>;
  /** Finds out, without an effect, whether the registry knows the method. */
  isOffered?(ctx: AuthContext): Promise<boolean>;
  refresh?(credentials: Credentials, ctx: AuthContext): Promise<Credentials>;
  revoke?(credentials: Credentials, ctx: AuthContext): Promise<void>;
}
