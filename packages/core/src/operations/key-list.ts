import { z } from "zod";
import { accountKeys } from "../account/account-keys.ts";
import { isSignedByKey } from "../account/credential-in-use.ts";
import { accountHolder, type KeyHolder, organizationHolder } from "../account/key-holder.ts";
import { signedRegistry } from "../account/signed-registry.ts";
import { warnOfExpiry } from "../display.ts";
import { formatPermission } from "../hex-api/key-record.ts";
import { defineOperation } from "../operation.ts";

function defineKeyList(holder: KeyHolder) {
  return defineOperation({
    id: `${holder.prefix}key.list`,
    mistakenNames: ["key show", "keys"].map(holder.command),
    summary: `List the keys of ${holder.whose}`,
    description: `Lists the keys of ${holder.whoseInFull}, with their permissions and their last use. It shows no secret.`,
    examples: [{ means: `List the keys of ${holder.whose}`, input: holder.example }],
    effect: "read",
    input: z.strictObject(holder.fields),
    answers: ["localPassword", "adoptCredentials"],
    output: z.strictObject({
      keys: z.array(
        z.strictObject({
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
          inUse: z.boolean().describe("Whether this is the key that asked for the list"),
        }),
      ),
    }),
    show: ({ keys }, now) => {
      if (keys.length === 0) return { notices: [`The ${holder.noun} has no keys.`] };
      return {
        list: {
          columns: [
            { title: "Name" },
            { title: "Permissions" },
            { title: "Last use", kind: "time", absent: "never" },
            { title: "Expires", kind: "time", absent: "never" },
            { title: "Created", kind: "time", absent: "unknown" },
            { title: "In use", kind: "mark", means: "This machine uses this key." },
          ],
          rows: keys.map(({ name, permissions, lastUse, expiresAt, createdAt, inUse }) => [
            name,
            permissions,
            lastUse?.usedAt ?? null,
            expiresAt,
            createdAt,
            inUse,
          ]),
        },
        warnings: keys.flatMap(({ name, expiresAt }) => warnOfExpiry(name, expiresAt, now)),
      };
    },
    learnKeyNames: ({ keys }) => keys.map((key) => key.name),
    async run({ organization }, ctx, answers) {
      const registry = await signedRegistry(ctx, answers, "read");
      const { credential, request } = registry;
      const keys = await accountKeys(request, ctx, credential.whose, organization).list();
      const mayBeInUse = isSignedByKey(credential);
      return {
        keys: keys.map((key) => ({
          name: key.name,
          permissions: key.permissions.map(formatPermission),
          lastUse:
            key.last_use == null
              ? null
              : {
                  usedAt: key.last_use.used_at ?? null,
                  ip: key.last_use.ip ?? null,
                  userAgent: key.last_use.user_agent ?? null,
                },
          expiresAt: key.revoke_at ?? null,
          createdAt: key.inserted_at ?? null,
          updatedAt: key.updated_at ?? null,
          inUse: mayBeInUse && key.authing_key,
        })),
      };
    },
  });
}

export const keyList = defineKeyList(accountHolder);
export const organizationKeyList = defineKeyList(organizationHolder);
