import { z } from "zod";
import { lazily } from "../lazily.ts";

const permissionRecord = lazily(() =>
  z.object({ domain: z.string().nullish(), resource: z.string().nullish() }),
);

/** A key as the registry describes it. What isn't needed is read leniently: older servers name things otherwise. */
export const keyRecord = lazily(() =>
  z.object({
    name: z.string(),
    secret: z.string().nullish(),
    permissions: z.array(permissionRecord()).catch([]),
    authing_key: z.boolean().catch(false),
    revoke_at: z.string().nullish().catch(null),
    inserted_at: z.string().nullish().catch(null),
    updated_at: z.string().nullish().catch(null),
    last_use: z
      .object({ used_at: z.string().nullish(), ip: z.string().nullish(), user_agent: z.string().nullish() })
      .nullish()
      .catch(null),
  }),
);

export type KeyRecord = z.output<ReturnType<typeof keyRecord>>;

/** A key that the registry has just made, the one time that it tells the secret: visible ASCII, or it can't be sent. */
export const madeKeyRecord = lazily(() =>
  keyRecord().extend({ secret: z.string().regex(/^[\x21-\x7e]{1,4096}$/) }),
);

/** A permission as a person writes it: `api:write`, `repository:acme`. */
export function formatPermission(permission: z.output<ReturnType<typeof permissionRecord>>): string {
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
