/** A key that hexuser is about to make, or that has not reached its receiver for certain. It holds no secret. */
export interface UnfinishedKey {
  /** One for each replaced key, and one for each call that makes another key. */
  readonly id: string;
  /** The operation that makes the key. */
  readonly operation: string;
  /** Whose key it is, if not the account's. */
  readonly organization?: string | undefined;
  /** The name of the key that it replaces. */
  readonly replaces?: string | undefined;
  /** When that key was made (ISO 8601), which tells it from a later key of the same name. */
  readonly replacedMadeAt?: string | undefined;
  /** The name that the registry was asked for. It adds a number to a name that exists. */
  readonly intended: string;
  readonly permissions: readonly string[];
  /** ISO 8601. */
  readonly begunAt: string;
  /**
   * `intended`: the registry may have made the key. `made`: it has made it. `delivering`: the key may have reached its
   * receiver. `delivered`: it has, and what it replaces is to be revoked.
   */
  readonly phase: "intended" | "made" | "delivering" | "delivered";
  /** The name that the registry gave it. */
  readonly made?: string | undefined;
  /** Keys of earlier attempts that may have reached the receiver, and are of no use once this one has. */
  readonly superseded?: readonly string[] | undefined;
  /** When the replaced key may be revoked (ISO 8601); at once, if it's absent. */
  readonly revokeAfter?: string | undefined;
}

/** An entry, and whether a process is working on it. */
export type JournalEntry = UnfinishedKey & { readonly isBusy: boolean };

/**
 * What was begun with the keys of one account at one registry. It outlives the process, so that a later call can finish or
 * undo what an earlier one has begun. Everything but `list` fails with a `storage_…` code.
 */
export interface KeyJournal {
  list(): Promise<readonly JournalEntry[]>;
  /** Keeps other processes from working on an entry, until it's released. Fails with `storage_locked` if one does. */
  hold(id: string): Promise<void>;
  /** Returns when the entry can't be lost any more. */
  note(entry: UnfinishedKey): Promise<void>;
  /** Removes an entry. */
  end(id: string): Promise<void>;
  release(id: string): Promise<void>;
}
