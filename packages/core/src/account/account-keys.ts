import type { Context } from "../context.ts";
import { FailureError, fail } from "../failure.ts";
import { type Answer, notARegistry } from "../hex-api/answer.ts";
import { type KeyRecord, type NewKeyRecord, quoteName } from "../hex-api/key-record.ts";
import { createKey, deleteKeys, keyCall, listKeys, type NewKey } from "../hex-api/keys.ts";
import { noKeys, type Whose } from "../hex-api/refusal.ts";
import { hint } from "../hint.ts";
import { nearest } from "../nearest-word.ts";
import type { Send } from "../registry/registry-request.ts";
import { sitePage } from "../registry/site.ts";
import type { Registry } from "../transport.ts";
import { findKeyOwner, findOwner, untold } from "./owner.ts";
import { type RevokedKey, requireSecret, revokeKey } from "./revoke-key.ts";
import { explainUnreached } from "./unreached-organization.ts";

/** The keys of the user or the organization that signs. Every function fails as `Answer.accept` does. */
export interface AccountKeys {
  /** Lists all keys, sorted by name. Fails with `not_supported` at a registry without keys. */
  list(): Promise<readonly KeyRecord[]>;
  /** Makes a key. If its secret can't be used, it revokes the key again and fails. */
  make(key: NewKey): Promise<NewKeyRecord>;
  revoke(name: string): Promise<RevokedKey>;
  /** Revokes all keys. `isOwn` is true if the registry then refuses the key that signed. */
  revokeAll(names: readonly string[]): Promise<{ readonly isOwn: boolean }>;
}

/**
 * Finds the keys: those of the user, or those of the organization whose key signs.
 *
 * @param named an organization whose keys are meant instead
 */
export function accountKeys(
  send: Send,
  ctx: Pick<Context, "registry">,
  whose?: Whose,
  named?: string,
): AccountKeys {
  let organization = named;

  /** Sends the request, and repeats it for the organization if the credential belongs to one. */
  async function reach<T>(ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
    const answer = await ask();
    if (named !== undefined && answer.value === undefined)
      throw await explainUnreached(named, answer.failure(whose), send, whose);
    if (!answer.isMissing) return answer;
    const owner = organization === undefined ? await findKeyOwner(send, whose) : undefined;
    if (owner === untold) throw organizationUnknown(ctx.registry);
    if (owner?.type !== "organization") throw noKeys(ctx.registry);
    organization = owner.name;
    const again = await ask();
    if (again.isMissing) throw noKeys(ctx.registry);
    return again;
  }

  async function list(): Promise<readonly KeyRecord[]> {
    const answer = await reach(() => listKeys(send, organization));
    const keys = answer.accept(whose);
    // Only an account that exists can have an empty list of keys.
    if (keys.length === 0 && (await findOwner(send, whose)) === undefined)
      throw notARegistry(answer.response);
    // The order of older registries changes with every use.
    return keys.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async function revoke(name: string): Promise<RevokedKey> {
    try {
      return await revokeKey(name, send, ctx, { organization, whose });
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      if (error.failure.code !== "not_supported")
        throw named === undefined ? error : await explainUnreached(named, error, send, whose);
      // There was no list of keys either. `list` finds the organization's list, or fails.
      await list();
      return revokeKey(name, send, ctx, { organization, whose });
    }
  }

  return {
    list,
    revoke,
    async make(key) {
      const made = (await reach(() => createKey(send, key, organization))).accept(whose);
      return requireSecret(made, revoke, named);
    },
    async revokeAll(names) {
      const answer = await deleteKeys(send, organization);
      // After a change with an account password, registries answer 500. The remaining keys show what happened.
      if (answer.status < 500) answer.accept(whose);
      const left = await listKeys(send, organization);
      if (left.credentialState() === "dead") return { isOwn: true };
      const alive = left.accept(whose).map(({ name }) => name);
      const kept = names.filter((name) => alive.includes(name));
      if (kept.length > 0) throw stillThere(kept, answer.status);
      return { isOwn: false };
    },
  };
}

/**
 * The failure for a key that doesn't exist.
 *
 * @param others the names of the existing keys
 */
export function noSuchKey(name: string, others: readonly string[], organization?: string): FailureError {
  const near = nearest(name, others);
  const guess = near === undefined ? "" : `did you mean ${quoteName(near)}? If not, `;
  return fail("not_found", `There is no key ${quoteName(name)}.`, {
    hint: hint`${guess}list ${organization === undefined ? "your" : "the"} keys with ${keyCall("list", organization)}.`,
  });
}

function stillThere(names: readonly string[], status: number): FailureError {
  const few = names.slice(0, 20).map(quoteName).join(", ");
  return fail(
    "registry_unavailable",
    `The registry did not revoke all keys (${status}). Still there: ${few}.`,
    {
      hint: hint`list the remaining keys with ${{ call: "key.list" }}, and try again later.`,
      details: { status },
    },
  );
}

function organizationUnknown(registry: Pick<Registry, "apiUrl">): FailureError {
  return fail(
    "not_supported",
    "This key is an organization's, and this registry doesn't tell which one, so hexuser can't manage the organization's keys.",
    { hint: hint`manage them with the account of a member, or at ${sitePage(registry, "/dashboard")}.` },
  );
}
