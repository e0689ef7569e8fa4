import type { Hint } from "./hint.ts";
import type { KeyKind, Sealed, StoredCredentials } from "./stored-credentials.ts";

/** Identifies credentials: a profile, and the origin (scheme, host and port) of the registry that issued them. */
export interface AccountKey {
  readonly profile: string;
  readonly origin: string;
}

/** An account for which a backend holds credentials. */
export interface HeldAccount extends AccountKey {
  /** The origin isn't recorded with the credentials. It follows from a setting or a default. */
  readonly assumed?: boolean;
}

/**
 * Credentials that another program stored without naming their registry and that an account may adopt. `origin` is the
 * registry that they seem to belong to.
 */
export interface Unclaimed {
  readonly origin?: string;
  /** They include a plain key. */
  readonly apiKey?: boolean;
  /** They are only a session, and another registry signed it, so this account can't adopt it. */
  readonly isForeign?: boolean;
}

/** Whether a backend works on this machine now. If it doesn't, `why` is a sentence. */
export type Availability =
  | { readonly available: true }
  | { readonly available: false; readonly why: string; readonly hint: Hint };

/**
 * Makes sure that the backend can store the result of a change, and reserves the space for it. A change calls it right
 * before it spends something irreplaceable, such as a refresh token. Fails with a `storage_…` code that names the
 * cause.
 */
export type Reserve = () => Promise<void>;

/** A place for credentials. Its methods throw a `FailureError` with a `storage_…` code. */
export interface CredentialBackend {
  /** "file", "keychain", "env", "helper:pass" */
  readonly id: string;
  available(): Promise<Availability>;
  /** The place of this account's credentials, in words for a person: a path, "macOS Keychain". */
  location(account: AccountKey): string;
  list(): Promise<readonly HeldAccount[]>;
  /** Returns `undefined` if there are no credentials. */
  read(account: AccountKey): Promise<StoredCredentials | undefined>;
  /**
   * Reads, changes and writes under one lock between processes. A change to `undefined` removes the credentials. If the
   * change throws or returns the same object, nothing is written.
   *
   * If storing fails after the change has reserved space, `details.keptIn` of the failure says where the new session
   * is, and the next `read` finds it there.
   *
   * - `signIn`: the person has signed in, and hexuser did not just refresh. A program that can find only one account in
   *   this place finds this account from now on.
   * - `moved`: the removed credentials stay valid in another place, so the backend keeps what other programs have
   *   derived from them.
   * - `sameRegistry`: the person says that another address, whose key signed the session, is the same registry. Without
   *   it, storing such a sign-in fails with the need `sameRegistry`.
   */
  update(
    account: AccountKey,
    change: (now: StoredCredentials | undefined, reserve: Reserve) => Promise<StoredCredentials | undefined>,
    options?: { readonly signIn?: boolean; readonly moved?: boolean; readonly sameRegistry?: boolean },
  ): Promise<void>;
  /** Describes credentials that another program may have left without their origin. Absent if that can't happen. */
  unclaimed?(account: AccountKey): Promise<Unclaimed | undefined>;
  /** Binds these credentials to this account, except those that another registry signed. */
  adopt?(account: AccountKey): Promise<void>;
  /** Why the backend can't store anything (a sentence), and what to do about it. Absent if it can. */
  readonly readOnly?: { readonly why: string; readonly hint: Hint } | undefined;
  /** Locations are names of environment variables, which the person sets. */
  readonly isEnvironment?: boolean | undefined;
  /** The keys of a classic sign-in that the backend has a place for. Absent means all. */
  readonly keyKinds?: readonly KeyKind[] | undefined;
  /** Encrypts secrets under a local password. Absent if the backend can't. */
  readonly seal?: Seal;
  /** Absent if mix hex doesn't read keys of organizations there. */
  readonly organizationKeys?: OrganizationKeys | undefined;
}

/** The keys of organizations with which mix hex fetches packages. They don't sign requests to the API. */
export interface OrganizationKeys {
  /** Returns the names of the organizations that have a key here. */
  list(account: AccountKey): Promise<readonly string[]>;
  /**
   * Stores a key. Fails with `not_supported` if mix hex would use it at another registry.
   *
   * @returns whether mix hex sends it to hex.pm's repository, although the account's registry is another one
   */
  store(
    account: AccountKey,
    organization: string,
    key: { readonly secret: string; readonly owner?: "organization" | undefined },
  ): Promise<{ readonly sentElsewhere: boolean }>;
  /** Removes a key. Returns whether there was one. */
  remove(account: AccountKey, organization: string): Promise<boolean>;
}

export interface Seal {
  /** Throws `storage_damaged` if the secret isn't a sealed one, and `authentication_refused` for a wrong password. */
  open(sealed: Sealed, localPassword: string): Promise<string>;
  /**
   * Derives a key from the password on another thread, which is slow on purpose. Returns a function that seals one
   * secret with it. You can call it before the secret exists.
   */
  prepare(localPassword: string): Promise<(secret: string) => Sealed>;
}
