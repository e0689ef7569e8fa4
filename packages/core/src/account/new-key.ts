import type { Context } from "../context.ts";
import { type KeyRecord, quoteName } from "../hex-api/key-record.ts";
import { hint } from "../hint.ts";
import type { Offer } from "../schema/read-schema.ts";

/** The permissions of a key, from those that only read to those that may change everything. */
export const permissionOffers: readonly Offer[] = [
  { value: "api:read", means: "Look at your account, packages and keys; change nothing." },
  {
    value: "docs:",
    name: "docs:…",
    means: "Read the private documentation of one organization.",
    asks: "Organization whose documentation may be read",
  },
  {
    value: "repository:",
    name: "repository:…",
    means: "Fetch packages of one organization; you type its name.",
    asks: "Organization whose packages may be fetched",
  },
  { value: "repositories", means: "Fetch packages of every organization that you are in." },
  {
    value: "package:",
    name: "package:…",
    means: "Publish one package only; you type its name.",
    asks: "Package that may be published (NAME or ORGANIZATION/NAME)",
  },
  { value: "api:write", means: "Publish packages and change what your account may change." },
];

/** When a key expires. */
export const expiryOffers: readonly Offer[] = [
  { value: "30d", name: "In 30 days" },
  { value: "90d", name: "In 90 days", means: "A good choice for most: you can make a new one then." },
  { value: "365d", name: "In a year" },
  { value: "", name: "At another time", means: "You type the time or the date.", asks: "Time or date" },
  { value: undefined, name: "Never", means: "Until you revoke it. Older registries can make no others." },
];

/**
 * Warns about a new key that may change something and never expires: if it is stolen, it stays dangerous until somebody
 * notices. Classic registries can't make keys that expire.
 */
export function warnOfEternity({ name, permissions, revoke_at }: KeyRecord, ctx: Context): void {
  const mayWrite = permissions.some(
    ({ domain, resource }) => domain === "package" || (domain === "api" && resource !== "read"),
  );
  if (!mayWrite) return;
  ctx.emit({
    type: "warning",
    message: `The key ${quoteName(name)} may change things at the registry and never expires.`,
    hint: hint`revoke it with ${{ call: "key.revoke", about: name }} when nothing uses it any more${
      revoke_at === null ? hint`, or make keys that expire (${{ field: "expires" }})` : ""
    }.`,
  });
}
