import type { AuthContext, AuthMethod } from "./auth-method.ts";
import type { CredentialBackend } from "./credential-backend.ts";
import type { RegistryMemory } from "./transport.ts";

/** Everything that an operation may touch. Made in one place, by the front end. */
export interface Context extends AuthContext {
  readonly memory: RegistryMemory;
  readonly profile: string;
  readonly credentials: CredentialBackend;
  /** Loads the sign-in methods, in the order in which they are tried. Most operations don't need them. */
  authMethods(): Promise<readonly AuthMethod[]>;
}
