import type { Context } from "../context.ts";
import { FailureError, fail } from "../failure.ts";
import { type Answer, notARegistry } from "../hex-api/answer.ts";
import { type KeyRecord, type NewKeyRecord, quoteName } from "../hex-api/key-record.ts";
import { createKey, deleteKeys, listKeys, type NewKey } from "../hex-api/keys.ts";
import { noKeys, type Whose } from "../hex-api/refusal.ts";
import { hint } from "../hint.ts";
import type { Send } from "../registry/registry-request.ts";
import { sitePage } from "../registry/site.ts";
import type { Registry } from "../transport.ts";
import { findKeyOwner, findOwner, untold } from "./owner.ts";
import { type RevokedKey, requireSecret, revokeKey } from "./revoke-key.ts";

/** The keys of the account or the organization that signs. Everything fails as `Answer.accept` does. */
export interface AccountKeys {
  /** All of them, by their names. Fails with `not_supported` at a registry without keys. */
  list(): Promise<readonly KeyRecord[]>;
  /** Makes a key. One whose secret can't be used is revoked again, and fails. */
  make(key: NewKey): Promise<NewKeyRecord>;
  revoke(name: string): Promise<RevokedKey>;
  /** Revokes all of them. `isOwn`: the key that signed is among them, as the registry proves by refusing it. */
  revokeAll(names: readonly string[]): Promise<{ readonly isOwn: boolean }>;
}

/** Finds the keys where they are: a user's own, or those of the organization whose key signs. */
export function accountKeys(send: Send, ctx: Pick<Context, "registry">, whose?: Whose): AccountKeys {
  let organization: string | undefined;

  /** Asks where the keys are, and once more where they turn out to be elsewhere. */
  async function reach<T>(ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
    const answer = await ask();
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
    // An empty list proves nothing by itself: the account that has no key has to be there.
    if (keys.length === 0 && (await findOwner(send, whose)) === undefined)
      throw notARegistry(answer.response);
    // Older registries give them in an order that changes with every use.
    return keys.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async function revoke(name: string): Promise<RevokedKey> {
    try {
      return await revokeKey(name, send, ctx, { organization, whose });
    } catch (error) {
      if (!(error instanceof FailureError) || error.failure.code !== "not_supported") throw error;
      // No list of keys is where it was looked for: this finds the right one, or fails for good.
      await list();
      return revokeKey(name, send, ctx, { organization, whose });
    }
  }

  return {
    list,
    revoke,
    async make(key) {
      const made = (await reach(() => createKey(send, key, organization))).accept(whose);
      return requireSecret(made, revoke);
    },
    async revokeAll(names) {
      const answer = await deleteKeys(send, organization);
      // After a change under an account password, registries answer 500: what is left decides.
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
    "This key is an organization's, and this registry doesn't tell which one: it can't look after the organization's keys.",
    { hint: hint`look after them with the account of a member, or at ${sitePage(registry, "/dashboard")}.` },
  );
}
