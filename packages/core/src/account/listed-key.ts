import { z } from "zod";
import {
  formatPermission,
  type KeyRecord,
  parsePermission,
  permissionSchema,
} from "../hex-api/key-record.ts";
import type { Offer } from "../schema/read-schema.ts";
import { parseSpan, spanSchema } from "../schema/typed-text.ts";
import { type CredentialInUse, isSignedByKey } from "./credential-in-use.ts";

/** A key with everything that the registry tells about it. */
export const listedKeyFields = {
  name: z.string(),
  permissions: z.array(z.string()),
  lastUse: z
    .strictObject({
      usedAt: z.string().nullable(),
      ip: z.string().nullable(),
      userAgent: z.string().nullable(),
    })
    .nullable(),
  expiresAt: z.string().nullable().describe("ISO 8601"),
  createdAt: z.string().nullable().describe("ISO 8601"),
  updatedAt: z.string().nullable().describe("ISO 8601"),
  inUse: z.boolean().describe("Whether this machine uses the key, as far as hexuser can tell"),
};

const listedKey = z.strictObject(listedKeyFields);

export type ListedKey = z.output<typeof listedKey>;

/** @param credential the credential that signed the request for the list */
export function toListedKey(key: KeyRecord, credential: CredentialInUse): ListedKey {
  const { last_use: use } = key;
  return {
    name: key.name,
    permissions: key.permissions.map(formatPermission),
    lastUse:
      use == null
        ? null
        : { usedAt: use.used_at ?? null, ip: use.ip ?? null, userAgent: use.user_agent ?? null },
    expiresAt: key.revoke_at ?? null,
    createdAt: key.inserted_at ?? null,
    updatedAt: key.updated_at ?? null,
    inUse: isInUse(key, credential),
  };
}

/** The registry marks the signing key. hexuser knows the names of the other keys of a classic sign-in. */
function isInUse(key: KeyRecord, credential: CredentialInUse): boolean {
  if (isSignedByKey(credential) && key.authing_key) return true;
  const names = credential.kind === "keys" ? Object.values(credential.stored.keys?.names ?? {}) : [];
  return names.includes(key.name);
}

const unusedOffers: readonly Offer[] = [
  { value: "180d", name: "Unused for half a year" },
  { value: "90d", name: "Unused for three months" },
  { value: "365d", name: "Unused for a year" },
  { value: "", name: "Unused for another time", means: "You type it: 30d, 12h or 4w.", asks: "Unused for" },
  { value: undefined, name: "All", means: "No matter when they were used." },
];

/** The fields of an input that select keys. A key has to match all given fields. */
export const criteriaFields = {
  unused: spanSchema()
    .optional()
    .describe("Only keys that nobody has used for this long: 90d, 12h or 4w")
    .meta({
      title: "Unused for",
      valueName: "TIME",
      question: "Which keys, by their last use?",
      offers: unusedOffers,
    }),
  expired: z
    .boolean()
    .optional()
    .describe("Only keys that have expired, where the registry still lists them")
    .meta({ title: "Only expired keys" }),
  permission: permissionSchema()
    .optional()
    .describe("Only keys with this permission, written as the list shows it")
    .meta({
      title: "Permission",
      completes: "permission",
      suggests: ["api", "api:read", "api:write", "repositories"],
    }),
};

const criteria = z.strictObject({ ...criteriaFields, expiring: spanSchema().optional() });

export type Criteria = z.output<typeof criteria>;

/**
 * Tells whether a key matches. A key that was never used counts as unused since it was made. If the registry doesn't
 * tell the age of a key, the key doesn't match.
 *
 * @param now milliseconds since the UNIX epoch
 */
export function matchesCriteria(
  { lastUse, createdAt, expiresAt, permissions }: ListedKey,
  { unused, expired, expiring, permission }: Criteria,
  now: number,
): boolean {
  const seen = lastUse === null ? createdAt : lastUse.usedAt;
  const end = Date.parse(expiresAt ?? "");
  return (
    (unused === undefined || Date.parse(seen ?? "") <= now - parseSpan(unused)) &&
    (expired !== true || end <= now) &&
    (expiring === undefined || end <= now + parseSpan(expiring)) &&
    (permission === undefined || permissions.includes(formatPermission(parsePermission(permission))))
  );
}
