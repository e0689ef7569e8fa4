import type { z } from "zod";
import type { Context, Registry } from "../context.ts";
import { FailureError, fail } from "../failure.ts";
import { quoteName } from "./key-name.ts";
import { type KeyRecord, keyRecord, keyRecords, madeKeyRecord } from "./key-record.ts";
import { noKeys } from "./not-offered.ts";
import { findKeyOwner, findOwner, untold } from "./owner.ts";
import { pathSegment } from "./path-segment.ts";
import { acceptAnswer, credentialState, notARegistry } from "./registry-answer.ts";
import type { RegistryRequest } from "./registry-request.ts";
import { type RevokedKey, revokeKey, type Send } from "./revoke-key.ts";
import { sitePage } from "./site.ts";

/** The keys of the account or the organization that signs. Everything fails as `acceptAnswer` does. */
export interface AccountKeys {
  /** All of them, by their names. Fails with `not_supported` at a registry without keys. */
  list(): Promise<readonly KeyRecord[]>;
  make(
    request: Pick<RegistryRequest, "body" | "lookAt">,
  ): Promise<z.output<ReturnType<typeof madeKeyRecord>>>;
  revoke(name: string): Promise<RevokedKey>;
  /** Revokes all of them. `isOwn`: the key that signed is among them, as the registry proves by refusing it. */
  revokeAll(names: readonly string[]): Promise<{ readonly isOwn: boolean }>;
}

/**
 * Finds the keys where they are: a user's under `/keys`, and those of an organization, for whose key that is 404, under
 * `/orgs/ORGANIZATION/keys`.
 */
export function accountKeys(send: Send, ctx: Pick<Context, "registry">, whose?: string): AccountKeys {
  let base = "/keys";

  /** Sends to where the keys are, and once more where they turn out to be elsewhere. */
  async function reach(request: Omit<RegistryRequest, "path">) {
    const response = await send({ ...request, path: base });
    if (response.status !== 404) return response;
    const owner = base === "/keys" ? await findKeyOwner(send, whose) : undefined;
    if (owner === untold) throw organizationUnknown(ctx.registry);
    if (owner?.type !== "organization") throw noKeys(ctx.registry);
    base = `/orgs/${pathSegment(owner.name)}/keys`;
    const again = await send({ ...request, path: base });
    if (again.status === 404) throw noKeys(ctx.registry);
    return again;
  }

  async function list(): Promise<readonly KeyRecord[]> {
    const response = await reach({ method: "GET" });
    const keys = acceptAnswer(response, keyRecords(), whose);
    // An empty list proves nothing by itself: the account that has no key has to be there.
    if (keys.length === 0 && (await findOwner(send, whose)) === undefined) throw notARegistry(response);
    // Older registries give them in an order that changes with every use.
    return keys.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  return {
    list,
    async make(request) {
      return acceptAnswer(await reach({ method: "POST", ...request }), madeKeyRecord(), whose);
    },
    async revoke(name) {
      try {
        return await revokeKey(name, send, ctx, { base, whose });
      } catch (error) {
        if (!(error instanceof FailureError) || error.failure.code !== "not_supported") throw error;
        // No list of keys is where it was looked for: this finds the right one, or fails for good.
        await list();
        return revokeKey(name, send, ctx, { base, whose });
      }
    },
    async revokeAll(names) {
      const lookAt = "look with `hexuser key list` at what is left.";
      const response = await send({ method: "DELETE", path: base, lookAt });
      // After a change under an account password, registries answer 500: what is left decides.
      const isUnsure = response.status >= 500;
      // The key in the answer is an unrelated one under a token, so only its form counts.
      if (!isUnsure) acceptAnswer(response, keyRecord(), whose);
      const left = await send({ method: "GET", path: base });
      if (credentialState(left, keyRecords()) === "dead") return { isOwn: true };
      const alive = acceptAnswer(left, keyRecords(), whose).map(({ name }) => name);
      const kept = names.filter((name) => alive.includes(name));
      if (kept.length > 0) throw stillThere(kept, response.status);
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
      hint: "look with `hexuser key list` at what is left, and try again later.",
      details: { status },
    },
  );
}

function organizationUnknown(registry: Pick<Registry, "apiUrl">): FailureError {
  return fail(
    "not_supported",
    "This key is an organization's, and this registry doesn't tell which one: it can't look after the organization's keys.",
    { hint: `look after them with the account of a member, or at ${sitePage(registry, "/dashboard")}.` },
  );
}
