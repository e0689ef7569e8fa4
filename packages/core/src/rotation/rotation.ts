import type { Context } from "../context.ts";
import { fail } from "../failure.ts";
import type { KeyRecord } from "../hex-api/key-record.ts";
import { hint } from "../hint.ts";
import type { KeyJournal, UnfinishedKey } from "../key-journal.ts";

/** Which key is rotated, and how. */
export interface Rotation {
  /** The id of the operation. */
  readonly operation: string;
  readonly organization: string | undefined;
  readonly name: string;
  /** When the old key may be revoked (ISO 8601); at once, if it's absent. */
  readonly revokeAfter: string | undefined;
}

/** The journal, without which a rotation can't be finished by another call. Fails with `storage_unavailable`. */
export async function requireJournal(ctx: Context): Promise<KeyJournal> {
  const journal = await ctx.keyJournal?.();
  if (journal !== undefined) return journal;
  throw fail("storage_unavailable", "There is no directory for the journal of this rotation.", {
    hint: hint`set HOME or XDG_STATE_HOME to a directory that you can write to.`,
    details: { reason: "no_home" },
  });
}

/** The id of a rotation in the journal. */
export function rotationId({ organization, name }: Pick<Rotation, "organization" | "name">): string {
  return JSON.stringify(["rotate", organization ?? null, name]);
}

/** Finds the key that an entry replaces, and no later key of the same name. */
export function findReplaced(
  { replaces, replacedMadeAt }: Pick<UnfinishedKey, "replaces" | "replacedMadeAt">,
  listed: readonly KeyRecord[],
): KeyRecord | undefined {
  const isSame = ({ inserted_at }: KeyRecord) =>
    replacedMadeAt === undefined || inserted_at == null || inserted_at === replacedMadeAt;
  return listed.find((key) => key.name === replaces && isSame(key));
}

/** Reads an entry of the journal, as it can be noted again. */
export async function readEntry(journal: KeyJournal, id: string): Promise<UnfinishedKey | undefined> {
  const found = (await journal.list()).find((entry) => entry.id === id);
  if (found === undefined) return undefined;
  const { isBusy: _, ...entry } = found;
  return entry;
}
