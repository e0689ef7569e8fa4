import { z } from "zod";
import { lazily } from "../lazily.ts";

/**
 * How much of a key is kept, in characters and numbers of permissions: more than any real key has. A longer name can't be
 * asked for anyway: servers take no more than 8,000 bytes of an address.
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

/** A key as the registry describes it. What isn't needed is read leniently: older servers name things otherwise. */
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
 * A list of keys. It ends at the first element that is none: a list of a million of them would make a million messages,
 * which take more memory than the answer.
 */
export const keyRecords = lazily(() => z.array(z.unknown()).transform(readAll(keyRecord)));

const permissionRecords = lazily(() => z.array(z.unknown()).transform(readAll(permissionRecord)));

/** Permissions that can't be read are none, as those of a server that doesn't tell them. */
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

/** A key that the registry has just made, the one time that it tells the secret. */
export const newKeyRecord = lazily(() => keyRecord().extend({ secret: z.string() }));

export type NewKeyRecord = z.output<ReturnType<typeof newKeyRecord>>;

/** A permission as a person writes it: `api:write`, `repository:acme`. */
export function formatPermission(permission: PermissionRecord): string {
  const domain = permission.domain ?? "unknown";
  return permission.resource == null ? domain : `${domain}:${permission.resource}`;
}

const domains = ["api", "repository", "repositories", "package", "docs"] as const;

/** `api`, `api:read`, `api:write`, `repositories`, `repository:ORG`, `package:ORG/NAME`, `docs:ORG`. */
export const permissionSchema = lazily(() =>
  z.string().regex(/^(api(:(read|write))?|repositories|repository:[^:\s]+|package:[^:\s]+|docs:[^:\s]+)$/, {
    error:
      "must be api, api:read, api:write, repositories, repository:ORGANIZATION, package:ORGANIZATION/NAME or docs:ORGANIZATION",
  }),
);

/** Turns `api:write` into what the registry takes. `package:NAME` means `package:hexpm/NAME`. */
export function parsePermission(permission: string): { domain: string; resource?: string } {
  const [domain = "", resource] = permission.split(":", 2);
  if (!domains.includes(domain as (typeof domains)[number]) || resource === undefined) return { domain };
  if (domain === "package" && !resource.includes("/")) return { domain, resource: `hexpm/${resource}` };
  return { domain, resource };
}

/**
 * A text of the registry's, of which not more than so many UTF-16 code units are kept. One that is longer ends with “…”.
 */
export function boundedText(most: number) {
  return z.string().transform((text) => cutText(text, most));
}

function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  // Between the halves of a character nothing is cut.
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** A name for a sentence: on one line, whatever it holds. Front ends escape what else a terminal can't take. */
export function quoteName(name: string): string {
  return `“${name.replaceAll("\r", "\\r").replaceAll("\n", "\\n")}”`;
}
