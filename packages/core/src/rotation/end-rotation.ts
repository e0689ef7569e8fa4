import { type AccountKeys, accountKeys } from "../account/account-keys.ts";
import { accountOf, isSignedByKey } from "../account/credential-in-use.ts";
import { type SignedRegistry, signedRegistry } from "../account/signed-registry.ts";
import type { Answers } from "../answers.ts";
import type { Context } from "../context.ts";
import { tellTime } from "../display.ts";
import { FailureError, fail } from "../failure.ts";
import { quoteName } from "../hex-api/key-record.ts";
import { type Hint, hint } from "../hint.ts";
import type { UnfinishedKey } from "../key-journal.ts";
import { findReplaced, type Rotation, readEntry, requireJournal, rotationId } from "./rotation.ts";

/**
 * Revokes the old key after its successor has reached its receiver, unless it's to be kept for a while. If the successor
 * reached nobody, another call begins again. Repeating it after a failure is safe.
 */
export async function endRotation(
  rotation: Pick<Rotation, "organization" | "name" | "revokeAfter">,
  successor: string,
  ctx: Context,
  answers: Answers,
  isDelivered: boolean,
): Promise<void> {
  const { name, organization, revokeAfter } = rotation;
  const journal = await requireJournal(ctx);
  const id = rotationId(rotation);
  try {
    const entry = await readEntry(journal, id);
    if (!isDelivered || entry === undefined) return;
    if (entry.phase !== "delivered") await journal.note({ ...entry, phase: "delivered", revokeAfter });
    if (revokeAfter !== undefined && Date.parse(revokeAfter) > ctx.clock.now()) {
      ctx.emit({
        type: "notice",
        message: `The key ${quoteName(name)} keeps working.`,
        hint: hint`run ${{ call: entry.operation, about: name }} after ${tellTime(revokeAfter)} to revoke it.`,
      });
      return;
    }
    const registry = await signedRegistry(ctx, answers, "write");
    const keys = accountKeys(registry.request, ctx, registry.credential.whose, organization);
    const revoked = await revokeSignerLast(entry, keys);
    await journal.end(id);
    if (revoked.names.length > 0)
      ctx.emit({ type: "notice", message: `Revoked: ${revoked.names.join(", ")}.` });
    if (revoked.isOwn && isSignedByKey(registry.credential)) tellSigner(successor, registry, ctx);
  } catch (error) {
    throw error instanceof FailureError ? stillGood(rotation, successor, error) : error;
  } finally {
    await journal.release(id);
  }
}

/** Revokes keys. Without the key that signs, the others could not be revoked. */
async function revokeSignerLast(entry: UnfinishedKey, keys: AccountKeys) {
  const listed = await keys.list();
  const signer = listed.find((key) => key.authing_key)?.name;
  const replaced = findReplaced(entry, listed)?.name;
  const names = [...(entry.superseded ?? []), ...(replaced === undefined ? [] : [replaced])];
  const revoked: string[] = [];
  let isOwn = false;
  for (const name of names.sort((one, other) => Number(one === signer) - Number(other === signer))) {
    const end = await keys.revoke(name);
    if (end.state === "revoked") revoked.push(name);
    isOwn ||= end.isOwn;
  }
  return { names: revoked, isOwn };
}

/** A key in the environment can only be replaced by the person. */
function tellSigner(successor: string, { credential }: SignedRegistry, ctx: Context): void {
  const from = credential.stored.apiKeyFrom ?? ctx.credentials.location(accountOf(ctx));
  ctx.emit({
    type: "warning",
    message: `The key in ${from} is revoked now: set it to the new key ${quoteName(successor)}.`,
  });
}

function stillGood(
  { name }: Pick<Rotation, "name">,
  successor: string,
  { failure, cause }: FailureError,
): FailureError {
  const { code, message, hint: next, ...rest } = failure;
  const again: Hint = hint`rotate the key ${quoteName(name)} once more: that revokes it, and makes no other key.`;
  return fail(
    code,
    `The key ${quoteName(successor)} was handed over, but ${quoteName(name)} could not be revoked yet: ${message}`,
    { ...rest, hint: next === undefined ? again : hint`${next} Then ${again}`, cause },
  );
}
