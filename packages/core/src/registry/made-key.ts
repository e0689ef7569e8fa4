import { type FailureCode, type FailureError, fail } from "../failure.ts";
import { type Hint, hint } from "../hint.ts";
import { quoteName } from "./key-name.ts";
import type { NewKeyRecord } from "./key-record.ts";

/** Revokes a key by its name. */
type Revoke = (name: string) => Promise<unknown>;

/**
 * Gives back a key that was just made if its secret can be sent: visible ASCII. Any other key is revoked again, because
 * nobody could use it.
 */
export async function requireSecret(key: NewKeyRecord, revoke: Revoke): Promise<NewKeyRecord> {
  if (/^[\x21-\x7e]{1,4096}$/.test(key.secret)) return key;
  throw await takeBack(key.name, revoke, {
    code: "registry_refused",
    message: "The registry made a key whose secret can't be used.",
    hint: hint`make the key on the registry's site, or ask the registry's operators.`,
  });
}

/** Why a key is of no use, and what to do about it once it's gone. */
interface Useless {
  readonly code: FailureCode;
  readonly message: string;
  readonly hint: Hint;
}

/** Revokes a key that was just made and is of no use. Gives the failure, which tells what became of the key. */
export async function takeBack(
  name: string,
  revoke: Revoke,
  { code, message, ...rest }: Useless,
): Promise<FailureError> {
  const isGone = await revoke(name).then(
    () => true,
    () => false,
  );
  return isGone
    ? fail(code, `${message} It was revoked again.`, rest)
    : fail(code, `${message} It is still there, as ${quoteName(name)}.`, {
        hint: hint`revoke the key with ${{ call: "key.revoke" }}: nobody has its secret.`,
        details: { mayHaveHappened: true },
      });
}
