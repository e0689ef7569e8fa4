import type { AuthContext, AuthMethod } from "./auth-method.ts";
import type { CredentialBackend } from "./credential-backend.ts";
import type { KeyJournal } from "./key-journal.ts";
import type { RegistryMemory } from "./transport.ts";

/** All effects that an operation may have. The front end creates it in one place. */
export interface Context extends AuthContext {
  readonly memory: RegistryMemory;
  readonly profile: string;
  readonly credentials: CredentialBackend;
  /** Loads the journal of unfinished keys. Absent if there is no home. */
  keyJournal?(): Promise<KeyJournal | undefined>;
  /** Loads the methods, in the order in which they are tried. Most operations don't need them. */
  authMethods(): Promise<readonly AuthMethod[]>;
}
