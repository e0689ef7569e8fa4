import type { Context } from "../context.ts";
import { notARegistry } from "../hex-api/answer.ts";
import { deleteKey, listKeys } from "../hex-api/keys.ts";
import { type Hint, hint } from "../hint.ts";
import { quoteName } from "./key-name.ts";
import { noKeys } from "./not-offered.ts";
import type { Whose } from "./registry-refusal.ts";
import type { Send } from "./registry-request.ts";
import { sitePage } from "./site.ts";

export interface RevokeOptions {
  /** Whose key it is, if not the user's who signs. */
  readonly organization?: string | undefined;
  readonly whose?: Whose | undefined;
}

/** What became of a key: it was revoked now, or it was gone already. */
export interface RevokedKey {
  readonly state: "revoked" | "gone";
  /** The key that signed the request is the one that was revoked, as the registry says; it says so of tokens, too. */
  readonly isOwn: boolean;
}

/**
 * Revokes a key by its name. The registry has to prove it: with the key of that name in its answer, or, after a 404, with
 * a list without that key. Fails as `Answer.accept` does, with `invalid_input` for a name that can't be sent, and with
 * `not_supported` where there is no list of keys.
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
  if (list.accept(whose).some((key) => key.name === name)) throw answer.failure(whose);
  return { state: "gone", isOwn: false };
}

function onTheSite(name: string, registry: Context["registry"]): Hint {
  return hint`revoke the key ${quoteName(name)} on the registry's site, ${sitePage(registry, "/dashboard/keys")}.`;
}
