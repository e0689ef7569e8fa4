import type { Context } from "../context.ts";
import { refuseField } from "../failure.ts";
import { listOrganizations } from "../hex-api/accounts.ts";
import { formatPermission, type KeyRecord, parsePermission, quoteName } from "../hex-api/key-record.ts";
import { keyCall, type NewKey } from "../hex-api/keys.ts";
import { hint } from "../hint.ts";
import type { Offer } from "../schema/read-schema.ts";
import type { Signed } from "./new-key-signature.ts";
import { suggestOrganization } from "./unreached-organization.ts";

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
export function warnOfEternity(
  { name, permissions, revoke_at }: KeyRecord,
  ctx: Context,
  organization?: string,
): void {
  const mayWrite = permissions.some(
    ({ domain, resource }) => domain === "package" || (domain === "api" && resource !== "read"),
  );
  if (!mayWrite) return;
  ctx.emit({
    type: "warning",
    message: `The key ${quoteName(name)} may change things at the registry and never expires.`,
    hint: hint`revoke it with ${keyCall("revoke", organization, name)} when nothing uses it any more${
      revoke_at === null ? hint`, or make keys that expire (${{ field: "expires" }})` : ""
    }.`,
  });
}

/** The permissions as the registry takes them, each once. `package:NAME` is the same as `package:hexpm/NAME`. */
export function uniquePermissions(given: readonly string[]): NewKey["permissions"] {
  const parsed = given
    .map(parsePermission)
    .map((permission) => [formatPermission(permission), permission] as const);
  return [...new Map(parsed).values()];
}

/**
 * Refuses a permission for an organization that the account isn't in. If the registry doesn't tell the organizations, it
 * decides itself. A key of an organization reaches that organization only; some registries answer 500 to anything else.
 *
 * @param organization whose key it will be
 */
export async function checkPermissions(
  permissions: NewKey["permissions"],
  { request, whose }: Signed,
  organization: string | undefined,
): Promise<void> {
  const wanted = permissions.flatMap((permission) => {
    const [name = "hexpm"] = permission.domain === "api" ? [] : (permission.resource ?? "hexpm").split("/");
    return name === "hexpm" ? [] : [{ name, permission: formatPermission(permission) }];
  });
  if (wanted.length === 0) return;
  let names = organization === undefined ? [] : [organization];
  if (organization === undefined) {
    const answer = await listOrganizations(request);
    // A wrong password must not be sent once more.
    if (answer.status === 401 && whose.answer !== undefined) answer.accept(whose);
    if (answer.value === undefined) return;
    names = answer.value.map(({ name }) => name);
  }
  const foreign = wanted.find(({ name }) => !names.includes(name));
  if (foreign === undefined) return;
  const message =
    organization === undefined
      ? `“${foreign.permission}” is about an organization that you are not a member of`
      : `a key of the organization ${quoteName(organization)} can't have “${foreign.permission}”`;
  throw refuseField("permissions", message, suggestOrganization(foreign.name, names));
}
