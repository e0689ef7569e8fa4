import type { AccountKeys } from "../account/account-keys.ts";
import { takeBack } from "../account/revoke-key.ts";
import type { Context } from "../context.ts";
import { tellTime } from "../display.ts";
import { FailureError } from "../failure.ts";
import { formatPermission, type KeyRecord, type NewKeyRecord, quoteName } from "../hex-api/key-record.ts";
import type { NewKey } from "../hex-api/keys.ts";
import { hint } from "../hint.ts";
import type { JournalEntry, KeyJournal, UnfinishedKey } from "../key-journal.ts";
import { findReplaced } from "./rotation.ts";
import { findOrphan } from "./successor.ts";

/** Which operation makes a key, and for whom. */
interface Making {
  readonly operation: string;
  readonly organization?: string | undefined;
}

/**
 * Makes a key, and notes it in the journal until `endMaking`. First it revokes the key of an earlier call of the same kind
 * that ended before its answer came. Without a journal, it only makes the key. Fails as `AccountKeys.make` does.
 */
export async function makeNoted(
  key: NewKey,
  making: Making,
  keys: AccountKeys,
  ctx: Context,
): Promise<NewKeyRecord> {
  const journal = await usable(ctx, (each) => each.list());
  if (journal === undefined) return keys.make(key);
  const earlier = (await journal.list()).filter(
    (each) => isOf(each, making) && each.intended === key.name && !each.isBusy,
  );
  if (earlier.length > 0) await cleanUp(earlier, keys, journal, ctx);
  const entry: UnfinishedKey = {
    ...making,
    id: JSON.stringify(["make", making.organization ?? null, key.name, ctx.clock.now(), Math.random()]),
    intended: key.name,
    permissions: key.permissions.map(formatPermission),
    begunAt: new Date(ctx.clock.now()).toISOString(),
    phase: "intended",
  };
  const noted = await usable(ctx, async (each) => {
    await each.hold(entry.id);
    await each.note(entry);
  });
  if (noted === undefined) return keys.make(key);
  try {
    const made = await keys.make(key);
    await noted.note({ ...entry, phase: "delivering", made: made.name }).catch(async (error: unknown) => {
      // Without this note, the next call of the same name would take the key for a lost one, and revoke it.
      if (!(error instanceof FailureError)) throw error;
      const { code, message, hint: next } = error.failure;
      const { organization } = making;
      const after = { code, message, hint: next ?? hint`try again.`, organization };
      throw await takeBack(made.name, keys.revoke, after);
    });
    return made;
  } catch (error) {
    // Otherwise the registry may have made the key.
    const isUndone = error instanceof FailureError && error.failure.details?.mayHaveHappened !== true;
    if (isUndone) await noted.end(entry.id);
    await noted.release(entry.id);
    throw error;
  }
}

/** Forgets a key that was noted by `makeNoted`: its receiver has it, or knows that nobody has. */
export async function endMaking(made: string, making: Making, ctx: Context): Promise<void> {
  await usable(ctx, async (journal) => {
    for (const entry of await journal.list()) {
      if (!isOf(entry, making) || entry.made !== made) continue;
      await journal.end(entry.id);
      await journal.release(entry.id);
    }
  });
}

/** Mentions what earlier calls have begun and not finished. */
export async function tellUnfinished(
  listed: readonly KeyRecord[],
  organization: string | undefined,
  ctx: Context,
): Promise<void> {
  const journal = await usable(ctx, (each) => each.list());
  for (const entry of (await journal?.list()) ?? []) {
    const key = findOrphan(entry, listed);
    if (entry.isBusy || entry.organization !== organization) continue;
    const isOldThere = findReplaced(entry, listed) !== undefined;
    if (entry.replaces !== undefined && !isOldThere && (key === undefined || entry.phase === "delivered")) {
      // Somebody has revoked the old key, so nothing is left to finish.
      await usable(ctx, (each) => each.end(entry.id));
      continue;
    }
    if (entry.replaces === undefined || !isOldThere) {
      if (key !== undefined) ctx.emit(perhapsLost(key.name));
      continue;
    }
    const finish = { call: entry.operation, about: entry.replaces };
    const isLater = entry.revokeAfter !== undefined && Date.parse(entry.revokeAfter) > ctx.clock.now();
    ctx.emit({
      type: "notice",
      message:
        key === undefined || entry.phase !== "delivered"
          ? `An earlier call was interrupted while it replaced the key ${quoteName(entry.replaces)}.`
          : `The key ${quoteName(key.name)} replaces ${quoteName(entry.replaces)}, which is not revoked yet.`,
      hint: isLater
        ? hint`after ${tellTime(entry.revokeAfter)}, run ${finish} to revoke it.`
        : hint`run ${finish} to finish that.`,
    });
  }
}

function isOf(entry: JournalEntry, { operation, organization }: Making): boolean {
  return entry.operation === operation && entry.organization === organization;
}

/** The journal, if there is one that can do this. Without it, a key is made all the same, as in a read-only home. */
async function usable(
  ctx: Context,
  attempt: (journal: KeyJournal) => Promise<unknown>,
): Promise<KeyJournal | undefined> {
  try {
    const journal = await ctx.keyJournal?.();
    if (journal !== undefined) await attempt(journal);
    return journal;
  } catch (error) {
    if (error instanceof FailureError && error.failure.code.startsWith("storage_")) return undefined;
    throw error;
  }
}

async function cleanUp(
  entries: readonly JournalEntry[],
  keys: AccountKeys,
  journal: KeyJournal,
  ctx: Context,
): Promise<void> {
  const listed = await keys.list();
  for (const entry of entries) {
    const key = findOrphan(entry, listed);
    if (key !== undefined && entry.phase === "delivering") ctx.emit(perhapsLost(key.name));
    else if (key !== undefined) {
      await keys.revoke(key.name);
      ctx.emit(revokedOrphan(key.name));
    }
    await journal.end(entry.id);
  }
}

/** Tells of a key that an earlier call had made. */
export function revokedOrphan(name: string) {
  return {
    type: "notice",
    message: `An earlier call was interrupted before it handed over the key ${quoteName(name)}. Nobody has its secret, so it was revoked.`,
  } as const;
}

function perhapsLost(name: string) {
  return {
    type: "warning",
    message: `An earlier call was interrupted while it handed over the key ${quoteName(name)}.`,
    hint: hint`if you don't have its secret, revoke it with ${{ call: "key.revoke", about: name }}.`,
  } as const;
}
