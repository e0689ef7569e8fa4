import { keyRecords } from "./key-record.ts";
import type { Owner } from "./owner.ts";
import { pathSegment } from "./path-segment.ts";
import { readJson } from "./registry-refusal.ts";
import { type RequestContext, requestRegistry } from "./registry-request.ts";

/** A name for a sentence: on one line, whatever it holds. Front ends escape what else a terminal can't take. */
export function quoteName(name: string): string {
  return `“${name.replaceAll("\r", "\\r").replaceAll("\n", "\\n")}”`;
}

/** A key as the registry knows it. Times are in ISO 8601, `null` for never or unknown. */
export interface KeyDescription {
  readonly name: string;
  readonly expiresAt: string | null;
  readonly madeAt: string | null;
}

/**
 * Finds the name of a key that is only known by its secret: the list of keys marks the one that asked for it.
 * An organization's key is in the list of its `owner`.
 * Gives `undefined` where the key may not read the list, or is no longer good.
 */
export async function describeKey(
  secret: string,
  ctx: RequestContext,
  owner?: Owner,
): Promise<KeyDescription | undefined> {
  const path = owner?.type === "organization" ? `/orgs/${pathSegment(owner.name)}/keys` : "/keys";
  const response = await requestRegistry({ method: "GET", path, authorization: secret }, ctx);
  const keys = keyRecords().safeParse(readJson(response)).data ?? [];
  const own = keys.find((key) => key.authing_key);
  return own === undefined
    ? undefined
    : { name: own.name, expiresAt: own.revoke_at ?? null, madeAt: own.inserted_at ?? null };
}
