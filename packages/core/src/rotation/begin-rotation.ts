import { type AccountKeys, accountKeys } from "../account/account-keys.ts";
import { takeBack } from "../account/revoke-key.ts";
import { type SignedRegistry, signedRegistry } from "../account/signed-registry.ts";
import type { Answers } from "../answers.ts";
import type { Context } from "../context.ts";
import { FailureError, fail } from "../failure.ts";
import { formatPermission, type KeyRecord, quoteName } from "../hex-api/key-record.ts";
import { hint } from "../hint.ts";
import type { KeyJournal, UnfinishedKey } from "../key-journal.ts";
import { nearest } from "../nearest-word.ts";
import { findKeptKey, replaceKeptKey } from "./kept-key.ts";
import { findReplaced, type Rotation, readEntry, requireJournal, rotationId } from "./rotation.ts";
import { findOrphan, inherit, proveKey, successorName } from "./successor.ts";
import { revokedOrphan } from "./unfinished-keys.ts";

/** The key that is to replace another one. Its secret is absent if it was handed over before. */
export interface Successor {
  readonly key: KeyRecord;
  readonly secret?: string | undefined;
  readonly revokeAfter?: string | undefined;
}

interface Parts extends Rotation {
  readonly id: string;
  readonly journal: KeyJournal;
  readonly registry: SignedRegistry;
  readonly keys: AccountKeys;
  readonly listed: readonly KeyRecord[];
  readonly ctx: Context;
  readonly answers: Answers;
}

/**
 * Makes the successor of a key and proves that it works, or goes on with what an earlier call has begun. Nobody loses a
 * key that works: the old one stays until `endRotation`. The journal holds the rotation from here on until then.
 */
export async function beginRotation(rotation: Rotation, ctx: Context, answers: Answers): Promise<Successor> {
  const journal = await requireJournal(ctx);
  const id = rotationId(rotation);
  const registry = await signedRegistry(ctx, answers, "write");
  const keys = accountKeys(registry.request, ctx, registry.credential.whose, rotation.organization);
  await journal.hold(id);
  try {
    const listed = await keys.list();
    const parts: Parts = { ...rotation, id, journal, registry, keys, listed, ctx, answers };
    const entry = await readEntry(journal, id);
    return (entry && (await goOn(entry, parts))) ?? (await replace(entry, parts));
  } catch (error) {
    await journal.release(id);
    throw error;
  }
}

/** Goes on with a successor that may have been handed over; gives `undefined` if another one has to be made. */
async function goOn(entry: UnfinishedKey, parts: Parts): Promise<Successor | undefined> {
  const { listed, journal, ctx } = parts;
  const key = entry.made === undefined ? undefined : listed.find((each) => each.name === entry.made);
  if (entry.phase === "delivered") {
    const isOldThere = findReplaced(entry, listed) !== undefined;
    if (key !== undefined && isOldThere) return { key, revokeAfter: entry.revokeAfter };
    await journal.end(parts.id);
    return undefined;
  }
  // What this machine keeps was handed over to it, and can be handed over again.
  const kept = key === undefined ? undefined : await findKept(key.name, parts);
  if (key !== undefined && kept !== undefined) {
    await journal.note({ ...entry, phase: "delivering" });
    return { key, secret: kept.secret, revokeAfter: parts.revokeAfter };
  }
  if (entry.phase === "delivering") return undefined;
  const orphan = findOrphan(entry, listed);
  if (orphan !== undefined) {
    await parts.keys.revoke(orphan.name);
    ctx.emit(revokedOrphan(orphan.name));
  }
  return undefined;
}

async function replace(entry: UnfinishedKey | undefined, parts: Parts): Promise<Successor> {
  const { name, id, listed, journal, keys, ctx, answers, revokeAfter } = parts;
  const old = listed.find((key) => key.name === name);
  if (old === undefined) {
    await journal.end(id);
    throw notFound(name, listed);
  }
  const now = ctx.clock.now();
  const wanted = inherit(old, now);
  const kept = await findKept(name, parts);
  const isPerhapsDelivered = entry?.phase === "delivering" && entry.made !== undefined;
  const superseded = [...(entry?.superseded ?? []), ...(isPerhapsDelivered ? [entry.made] : [])].filter(
    (each): each is string => listed.some((key) => key.name === each),
  );
  const intended: UnfinishedKey = {
    id,
    operation: parts.operation,
    organization: parts.organization,
    replaces: name,
    replacedMadeAt: old.inserted_at ?? undefined,
    intended: successorName(
      name,
      listed.map((key) => key.name),
      now,
    ),
    permissions: old.permissions.map(formatPermission),
    begunAt: new Date(now).toISOString(),
    phase: "intended",
    superseded,
  };
  await journal.note(intended);
  const made = await keys.make({ name: intended.intended, ...wanted }).catch(async (error: unknown) => {
    // Otherwise the registry may have made the key.
    const isUndone = error instanceof FailureError && error.failure.details?.mayHaveHappened !== true;
    if (isUndone) await (entry === undefined ? journal.end(id) : journal.note(entry));
    throw error;
  });
  const entryMade: UnfinishedKey = { ...intended, phase: "made", made: made.name };
  await journal.note(entryMade);
  try {
    if (wanted.revoke_at !== undefined && made.revoke_at == null) throw fail("not_supported", eternal);
    const [first = { domain: "api" }] = wanted.permissions;
    await proveKey(made.secret, first, ctx);
    if (kept !== undefined) await replaceKeptKey(kept, made, ctx, answers);
  } catch (error) {
    throw await undo(made.name, error, entry, parts);
  }
  await journal.note({ ...entryMade, phase: "delivering" });
  return { key: made, secret: made.secret, revokeAfter };
}

const eternal = "This registry made a key that doesn't expire, although the old key does.";

/** Revokes a successor that is of no use, unless this machine keeps it in spite of the failure. */
async function undo(
  made: string,
  error: unknown,
  entry: UnfinishedKey | undefined,
  { journal, id, keys, ...parts }: Parts,
): Promise<unknown> {
  if (!(error instanceof FailureError)) return error;
  const { code, message, hint: next } = error.failure;
  const kept = await findKept(made, { ...parts, journal, id, keys }).catch(() => undefined);
  if (kept !== undefined) return error;
  const failure = await takeBack(made, keys.revoke, {
    code,
    message: `${message} The key ${quoteName(parts.name)} still works, but its successor is of no use.`,
    hint: next ?? hint`try again.`,
  });
  if (failure.failure.details?.mayHaveHappened !== true)
    await (entry === undefined ? journal.end(id) : journal.note(entry));
  return failure;
}

function findKept(name: string, { listed, registry, ctx, answers }: Parts) {
  const signer = listed.find((key) => key.authing_key)?.name;
  return findKeptKey(name, signer, registry.credential, ctx, answers);
}

function notFound(name: string, listed: readonly KeyRecord[]): FailureError {
  const near = nearest(
    name,
    listed.map((key) => key.name),
  );
  const guess = near === undefined ? "" : `did you mean ${quoteName(near)}? If not, `;
  return fail("not_found", `There is no key ${quoteName(name)}.`, {
    hint: hint`${guess}list your keys with ${{ call: "key.list" }}.`,
  });
}
