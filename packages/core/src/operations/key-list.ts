import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { formatPermission, keyRecord } from "../registry/key-record.ts";
import { noKeys } from "../registry/not-offered.ts";
import { acceptAnswer } from "../registry/registry-refusal.ts";
import { signedRegistry } from "../registry/signed-registry.ts";

export const keyList = defineOperation({
  id: "key.list",
  summary: "List the keys of your account",
  description:
    "Lists the keys of your account, with what they may do and when they were used. No secret is shown.",
  effect: "read",
  input: z.strictObject({}),
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
  async run(_input, ctx, answers) {
    const registry = await signedRegistry(ctx, answers, "read");
    const response = await registry.request({ method: "GET", path: "/keys" });
    if (response.status === 404) throw noKeys(ctx.registry);
    const keys = acceptAnswer(response, z.array(keyRecord()), registry.credential.whose);
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
        inUse: key.authing_key,
      })),
    };
  },
});
