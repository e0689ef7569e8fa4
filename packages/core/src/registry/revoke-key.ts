import type { Context } from "../context.ts";
import { quoteName } from "./key-name.ts";
import { keyRecord, keyRecords } from "./key-record.ts";
import { noKeys } from "./not-offered.ts";
import { pathSegment } from "./path-segment.ts";
import { acceptAnswer, notARegistry } from "./registry-answer.ts";
import { refusal } from "./registry-refusal.ts";
import type { RegistryRequest, RegistryResponse } from "./registry-request.ts";
import { sitePage } from "./site.ts";

/** Sends a request with the credential that is to do it. */
export type Send = (request: RegistryRequest) => Promise<RegistryResponse>;

export interface RevokeOptions {
  /** Where the keys are: `/keys`, or `/orgs/ORGANIZATION/keys`. */
  readonly base?: string;
  readonly whose?: string | undefined;
}

/** What became of a key: it was revoked now, or it was gone already. */
export interface RevokedKey {
  readonly state: "revoked" | "gone";
  /** The key that signed the request is the one that was revoked, as the registry says; it says so of tokens, too. */
  readonly isOwn: boolean;
}

/**
 * Revokes a key by its name. The registry has to prove it: with the key of that name in its answer, or, after a 404, with
 * a list without that key. Fails as `acceptAnswer` does, with `invalid_input` for a name that can't be sent, and with
 * `not_supported` where there is no list of keys.
 */
export async function revokeKey(
  name: string,
  send: Send,
  { registry }: Pick<Context, "registry">,
  { base = "/keys", whose }: RevokeOptions = {},
): Promise<RevokedKey> {
  const path = `${base}/${pathSegment(name, onTheSite(name, registry))}`;
  const lookAt = `look with \`hexuser key list\` whether ${quoteName(name)} is still there.`;
  const response = await send({ method: "DELETE", path, lookAt });
  if (response.status !== 404) {
    const key = acceptAnswer(response, keyRecord(), whose);
    if (key.name !== name) throw notARegistry(response);
    return { state: "revoked", isOwn: key.authing_key };
  }
  const list = await send({ method: "GET", path: base });
  if (list.status === 404) throw noKeys(registry);
  const isThere = acceptAnswer(list, keyRecords(), whose).some((key) => key.name === name);
  if (isThere) throw refusal(response, whose);
  return { state: "gone", isOwn: false };
}

function onTheSite(name: string, registry: Context["registry"]): string {
  return `revoke the key ${quoteName(name)} on the registry's site, ${sitePage(registry, "/dashboard/keys")}.`;
}
