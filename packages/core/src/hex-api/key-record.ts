import { z } from "zod";
import { lazily } from "../lazily.ts";

/**
 * Limits for the parts of a key that hexuser keeps, in characters and numbers of permissions. No real key reaches them.
 * Servers take at most 8,000 bytes of an address, so a request couldn't contain a longer name anyway.
 */
const most = {
  name: 8000,
  permissions: 1000,
  domain: 255,
  resource: 1000,
  time: 64,
  ip: 64,
  userAgent: 1000,
};

const permissionRecord = lazily(() =>
  z.object({ domain: boundedText(most.domain).nullish(), resource: boundedText(most.resource).nullish() }),
);
type PermissionRecord = z.output<ReturnType<typeof permissionRecord>>;

const time = lazily(() => boundedText(most.time).nullish().catch(null));

/** A key in a registry's answer. Optional fields are read leniently, because older servers give them other names. */
export const keyRecord = lazily(() =>
  z.object({
    name: boundedText(most.name),
    secret: z.string().nullish(),
    permissions: z.unknown().default([]).transform(readPermissions),
    authing_key: z.boolean().default(false).catch(false),
    revoke_at: time(),
    inserted_at: time(),
    updated_at: time(),
    last_use: z
      .object({
        used_at: boundedText(most.time).nullish(),
        ip: boundedText(most.ip).nullish(),
        user_agent: boundedText(most.userAgent).nullish(),
      })
      .nullish()
      .catch(null),
  }),
);

/**
 * A list of keys. Reading stops at the first element that isn't a key. Otherwise a list of a million wrong elements
 * would make a million messages, which take more memory than the answer.
 */
export const keyRecords = lazily(() => z.array(z.unknown()).transform(readAll(keyRecord)));

const permissionRecords = lazily(() => z.array(z.unknown()).transform(readAll(permissionRecord)));

/** Reads permissions. If they are unreadable or missing, the list is empty. */
function readPermissions(value: unknown): PermissionRecord[] {
  if (!Array.isArray(value)) return [];
  const told = value.slice(0, most.permissions);
  const read = permissionRecords().safeParse(told).data ?? [];
  return value.length > told.length && read.length > 0 ? [...read, { domain: "…" }] : read;
}

function readAll<T extends z.ZodType>(schema: () => T) {
  return (values: readonly unknown[], ctx: z.RefinementCtx): z.output<T>[] => {
    const read: z.output<T>[] = [];
    for (const value of values) {
      const one = schema().safeParse(value);
      if (!one.success) {
        ctx.addIssue({ code: "custom", message: `element ${read.length} is not a key` });
        return z.NEVER;
      }
      read.push(one.data);
    }
    return read;
  };
}

export type KeyRecord = z.output<ReturnType<typeof keyRecord>>;

/** A new key. The registry tells its secret only in this answer. */
export const newKeyRecord = lazily(() => keyRecord().extend({ secret: z.string() }));

export type NewKeyRecord = z.output<ReturnType<typeof newKeyRecord>>;

/** A permission as a person writes it: `api:write`, `repository:acme`. */
export function formatPermission(permission: PermissionRecord): string {
  const domain = permission.domain ?? "unknown";
  return permission.resource == null ? domain : `${domain}:${permission.resource}`;
}

/** Some keys at real registries have names of more than 255 characters. A path can't be much longer than this. */
const longestName = 4096;

/** The name of an existing key. */
export const keyNameSchema = () =>
  z
    .string({ error: ({ input }) => (input === undefined ? "is missing" : undefined) })
    .min(1, "must not be empty")
    .max(longestName, `must have at most ${longestName} characters`);

const domains = ["api", "repository", "repositories", "package", "docs"] as const;

/** `api`, `api:read`, `api:write`, `repositories`, `repository:ORG`, `package:ORG/NAME`, `docs:ORG`. */
export const permissionSchema = lazily(() =>
  z.string().regex(/^(api(:(read|write))?|repositories|repository:[^:\s]+|package:[^:\s]+|docs:[^:\s]+)$/, {
    error:
      "must be api, api:read, api:write, repositories, repository:ORGANIZATION, package:ORGANIZATION/NAME or docs:ORGANIZATION",
  }),
);

/** Turns `api:write` into the registry's form. `package:NAME` means `package:hexpm/NAME`. */
export function parsePermission(permission: string): { domain: string; resource?: string } {
  const [domain = "", resource] = permission.split(":", 2);
  if (!domains.includes(domain as (typeof domains)[number]) || resource === undefined) return { domain };
  if (domain === "package" && !resource.includes("/")) return { domain, resource: `hexpm/${resource}` };
  return { domain, resource };
}

/** A text from the registry, cut to that many UTF-16 code units. A cut text ends with “…”. */
export function boundedText(most: number) {
  return z.string().transform((text) => cutText(text, most));
}

function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  // Don't cut between the halves of a character.
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Puts a name on one line for a sentence. Front ends escape everything else that a terminal can't show. */
export function quoteName(name: string): string {
  return `“${name.replaceAll("\r", "\\r").replaceAll("\n", "\\n")}”`;
}

/** Names for a sentence, at most the first 20. */
export function quoteSome(names: readonly string[]): string {
  const some = names.slice(0, 20).map((name) => quoteName(name.slice(0, 80)));
  const rest = names.length > some.length ? `, and ${names.length - some.length} more` : "";
  return some.join(", ") + rest;
}
