import { z } from "zod";
import { accountHolder, type KeyHolder, organizationHolder } from "../account/key-holder.ts";
import { tellTime } from "../display.ts";
import { formatPermission } from "../hex-api/key-record.ts";
import { defineOperation } from "../operation.ts";
import { beginRotation } from "../rotation/begin-rotation.ts";
import { endRotation } from "../rotation/end-rotation.ts";
import { parseExpiry, shortText } from "../schema/typed-text.ts";
import { listOf } from "./key-list.ts";
import { keyRevoke, organizationKeyRevoke } from "./key-revoke.ts";

function defineKeyRotate(holder: KeyHolder) {
  const id = `${holder.prefix}key.rotate`;
  return defineOperation({
    id,
    mistakenNames: ["key replace", "key renew"].map(holder.command),
    summary: `Replace a key of ${holder.whose} by a new one`,
    description: `Makes a successor with the same permissions and an expiry of the same length, proves that it works, hands it over, and only then revokes the old key. The successor is named after the month, such as ci-2026-11. If hexuser is interrupted, the same call finishes the rotation or cleans up. This works for each key of ${holder.whoseInFull}; the key that signs the request is one of them, and what this machine keeps of it is replaced, too.`,
    examples: [
      {
        means: "Replace the key of a CI system, whose jobs have a day to get the new one",
        input: { ...holder.example, name: "ci", grace: "24h" },
      },
    ],
    effect: "destroy",
    input: z.strictObject({
      ...holder.fields,
      name: shortText(4096).describe("The key's name").meta({ arg: true, completes: "key" }),
      grace: z
        .string()
        .trim()
        .regex(/^\d{1,3}[hdw]$/, "must be written like 24h, 7d or 2w")
        .optional()
        .describe("How long the old key keeps working; a later call of the same kind revokes it"),
    }),
    answers: ["otp", "localPassword", "adoptCredentials"],
    output: z.strictObject({
      name: z.string().describe("The name of the successor"),
      secret: z
        .string()
        .meta({ secret: "once" })
        .optional()
        .describe("The successor itself; absent if an earlier call has handed it over"),
      permissions: z.array(z.string()),
      expiresAt: z.string().nullable().describe("ISO 8601"),
      registry: z.string(),
      replaces: z.string().describe("The name of the old key"),
      graceUntil: z
        .string()
        .nullable()
        .describe("When the old key may be revoked (ISO 8601); null if it's revoked at once"),
      isNew: z.boolean().describe("Whether this call has made the successor"),
      organization: z.string().optional(),
    }),
    show: ({ name, secret, permissions, expiresAt, replaces, isNew }) => ({
      value: secret,
      notices: [
        !isNew
          ? `The key ${name}, which replaces ${replaces}, was handed over before. Its secret can't be shown again.`
          : `The key ${name} replaces ${replaces}. Permissions: ${permissions.join(", ")}. ${expiresAt === null ? "It doesn't expire." : `It expires on ${tellTime(expiresAt)}.`}`,
      ],
    }),
    leaves: ({ name, organization }) => ({
      keys: [name],
      undo: [
        organization === undefined
          ? { operation: keyRevoke, input: { name } }
          : { operation: organizationKeyRevoke, input: { organization, name } },
      ],
    }),
    evidence: listOf(holder),
    choice: {
      beside: listOf(holder),
      name: "Replace a key",
      means: "A new key with the same permissions. The old one works until the new one is proven.",
    },
    learnKeyNames: ({ name, replaces, graceUntil }, known) => [
      ...known.filter((other) => other !== name && (other !== replaces || graceUntil !== null)),
      name,
    ],
    async run({ organization, name, grace }, ctx, answers) {
      const revokeAfter = grace === undefined ? undefined : parseExpiry(grace, ctx.clock.now());
      const rotation = { operation: id, organization, name, revokeAfter };
      const { key, secret, revokeAfter: until } = await beginRotation(rotation, ctx, answers);
      return {
        name: key.name,
        ...(secret === undefined ? {} : { secret }),
        permissions: key.permissions.map(formatPermission),
        expiresAt: key.revoke_at ?? null,
        registry: ctx.registry.apiUrl,
        replaces: name,
        graceUntil: until ?? null,
        isNew: secret !== undefined,
        ...(organization === undefined ? {} : { organization }),
      };
    },
    settle({ name, replaces, graceUntil, organization }, ctx, answers, isDelivered) {
      const rotation = { organization, name: replaces, revokeAfter: graceUntil ?? undefined };
      return endRotation(rotation, name, ctx, answers, isDelivered);
    },
  });
}

export const keyRotate = defineKeyRotate(accountHolder);
export const organizationKeyRotate = defineKeyRotate(organizationHolder);
