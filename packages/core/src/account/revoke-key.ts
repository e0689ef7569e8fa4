import type { Context } from "../context.ts";
import { type FailureCode, type FailureError, fail, type Need } from "../failure.ts";
import { notARegistry } from "../hex-api/answer.ts";
import { type NewKeyRecord, quoteName } from "../hex-api/key-record.ts";
import { deleteKey, keyCall, listKeys } from "../hex-api/keys.ts";
import { noKeys, type Whose } from "../hex-api/refusal.ts";
import { type Hint, hint } from "../hint.ts";
import type { Send } from "../registry/registry-request.ts";
import { sitePage } from "../registry/site.ts";

export interface RevokeOptions {
  /** The organization that owns the key. Without it, the key belongs to the user who signs. */
  readonly organization?: string | undefined;
  readonly whose?: Whose | undefined;
}

/** What happened to a key: this call revoked it, or it was gone before. */
export interface RevokedKey {
  readonly state: "revoked" | "gone";
  /** The registry says that the revoked key signed the request. It says so for tokens, too. */
  readonly isOwn: boolean;
  /** The names of the remaining keys, if this one was gone before. */
  readonly others?: readonly string[];
}

/**
 * Revokes a key by its name. The registry has to prove it: its answer contains the key of that name, or it answers 404
 * and its list has no such key. Fails as `Answer.accept` does, with `invalid_input` for a name that can't be sent, and
 * with `not_supported` at a registry without a list of keys.
 */
export async function revokeKey(
  name: string,
  send: Send,
  { registry }: Pick<Context, "registry">,
  { organization, whose }: RevokeOptions = {},
): Promise<RevokedKey> {
  const answer = await deleteKey(send, { name, organization, instead: onTheSite(name, registry) });
  if (!answer.isMissing) {
    const key = answer.accept(whose);
    if (key.name !== name) throw notARegistry(answer.response);
    return { state: "revoked", isOwn: key.authing_key };
  }
  const list = await listKeys(send, organization);
  if (list.isMissing) throw noKeys(registry);
  const others = list.accept(whose).map((key) => key.name);
  if (others.includes(name)) throw answer.failure(whose);
  return { state: "gone", isOwn: false, others };
}

function onTheSite(name: string, registry: Context["registry"]): Hint {
  return hint`revoke the key ${quoteName(name)} on the registry's site, ${sitePage(registry, "/dashboard/keys")}.`;
}

type Revoke = (name: string) => Promise<unknown>;

/**
 * Returns a new key if its secret can be sent, that is, if it's visible ASCII. Revokes any other key, because nobody
 * could use it.
 */
export async function requireSecret(
  key: NewKeyRecord,
  revoke: Revoke,
  organization?: string,
): Promise<NewKeyRecord> {
  if (/^[\x21-\x7e]{1,4096}$/.test(key.secret)) return key;
  throw await takeBack(key.name, revoke, {
    code: "registry_refused",
    message: "The registry made a key whose secret can't be used.",
    hint: hint`make the key on the registry's site, or ask the registry's operators.`,
    organization,
  });
}

/** Why a new key is useless, and what to do after it was revoked. */
interface Useless {
  readonly code: FailureCode;
  readonly message: string;
  readonly hint: Hint;
  readonly needs?: readonly Need[];
  /** Whose key it is, if not the user's who signs. */
  readonly organization?: string | undefined;
}

/** Revokes a new key that is useless. Returns the failure, which tells whether that worked. */
export async function takeBack(
  name: string,
  revoke: Revoke,
  { code, message, organization, ...rest }: Useless,
): Promise<FailureError> {
  const isGone = await revoke(name).then(
    () => true,
    () => false,
  );
  return isGone
    ? fail(code, `${message} It was revoked again.`, rest)
    : fail(code, `${message} It is still there, as ${quoteName(name)}.`, {
        hint: hint`revoke the key with ${keyCall("revoke", organization)}: nobody has its secret.`,
        details: { mayHaveHappened: true },
      });
}
