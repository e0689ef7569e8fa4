import type { Hint } from "./hint.ts";
import type { KeyKind, Sealed, StoredCredentials } from "./stored-credentials.ts";

/** Whose credentials: a profile, and the origin (scheme, host and port) of the registry that they were made for. */
export interface AccountKey {
  readonly profile: string;
  readonly origin: string;
}

/** An account that a backend holds something for. */
export interface HeldAccount extends AccountKey {
  /** The origin is not recorded with the credentials but follows from a setting or a default. */
  readonly assumed?: boolean;
}

/**
 * What another program left without saying for which registry it is, as far as an account may get it. `origin` is the
 * registry that it belongs to as far as can be told.
 */
export interface Unclaimed {
  readonly origin?: string;
  /** A plain key is among it. */
  readonly apiKey?: boolean;
  /** Only a session is there, and it can't be this account's: another registry signed it. */
  readonly isForeign?: boolean;
}

/** Usable here and now? If not: why (a sentence), and what to do about it. */
export type Availability =
  | { readonly available: true }
  | { readonly available: false; readonly why: string; readonly hint: Hint };

/**
 * Makes sure that what a change gives back can be stored, and takes the room for it. A change calls it right before it
 * spends something that doesn't come back, such as a refresh token. Fails with a `storage_…` code that names the cause.
 */
export type Reserve = () => Promise<void>;

/** Where secrets are kept. What can't be done is a thrown `FailureError` of a `storage_…` code. */
export interface CredentialBackend {
  /** "file", "keychain", "env", "helper:pass" */
  readonly id: string;
  available(): Promise<Availability>;
  /** The place of this account's credentials, in words for a person: a path, "macOS Keychain". */
  location(account: AccountKey): string;
  list(): Promise<readonly HeldAccount[]>;
  /** `undefined`: nothing here. */
  read(account: AccountKey): Promise<StoredCredentials | undefined>;
  /**
   * Reads, changes and writes under one lock between processes; a change to `undefined` removes.
   * A change that throws, or that gives back the very object it was given, writes nothing.
   * Where storing fails after the change has reserved room, `details.keptIn` of the failure says where the new session
   * is kept; the next reading finds it there.
   * With `signIn` somebody has signed in, and did not just refresh: where another program finds one account only,
   * it finds this one from now on. With `moved` the credentials that are removed stay good elsewhere: what another
   * program has derived from them stays. With `sameRegistry` the person says that another address, whose key signed
   * the session, is the same registry: without that, storing such a sign-in fails with the need `sameRegistry`.
   */
  update(
    account: AccountKey,
    change: (now: StoredCredentials | undefined, reserve: Reserve) => Promise<StoredCredentials | undefined>,
    options?: { readonly signIn?: boolean; readonly moved?: boolean; readonly sameRegistry?: boolean },
  ): Promise<void>;
  /** Only where another program may have left credentials without their origin: what there is of them. */
  unclaimed?(account: AccountKey): Promise<Unclaimed | undefined>;
  /** Binds these credentials to this account, but none that another registry signed. */
  adopt?(account: AccountKey): Promise<void>;
  /** Only where nothing can be kept: why (a sentence), and what to do about it. */
  readonly readOnly?: { readonly why: string; readonly hint: Hint } | undefined;
  /** Locations are names of environment variables, which the person sets. */
  readonly isEnvironment?: boolean | undefined;
  /** Those keys of a classic sign-in that there is a place for; all of them, if not given. */
  readonly keyKinds?: readonly KeyKind[] | undefined;
  /** Only if the backend encrypts secrets under a local password. */
  readonly seal?: Seal;
}

export interface Seal {
  /** Throws `storage_damaged` when it is no sealed secret, `authentication_refused` for a wrong password. */
  open(sealed: Sealed, localPassword: string): Promise<string>;
  /**
   * Derives a key from the password, which is slow on purpose, on another thread, and gives what seals a secret with
   * it. It can be begun before the secret is there. Each key is for one secret.
   */
  prepare(localPassword: string): Promise<(secret: string) => Sealed>;
}
