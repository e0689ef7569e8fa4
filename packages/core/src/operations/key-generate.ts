import { z } from "zod";
import { accountKeys } from "../account/account-keys.ts";
import { accountHolder, type KeyHolder, organizationHolder } from "../account/key-holder.ts";
import {
  checkPermissions,
  expiryOffers,
  permissionOffers,
  uniquePermissions,
  warnOfEternity,
} from "../account/new-key.ts";
import { chooseSignature } from "../account/new-key-signature.ts";
import { takeBack } from "../account/revoke-key.ts";
import { tellTime } from "../display.ts";
import { formatPermission, permissionSchema } from "../hex-api/key-record.ts";
import { pathSegment } from "../hex-api/path-segment.ts";
import { hint } from "../hint.ts";
import { defineOperation } from "../operation.ts";
import { endMaking, makeNoted } from "../rotation/unfinished-keys.ts";
import { expirySchema, parseExpiry, shortText } from "../schema/typed-text.ts";
import { listOf } from "./key-list.ts";
import { keyRevoke, organizationKeyRevoke } from "./key-revoke.ts";

function defineKeyGenerate(holder: KeyHolder) {
  const operation = `${holder.prefix}key.generate`;
  return defineOperation({
    id: `${holder.prefix}key.generate`,
    mistakenNames: ["key create", "key add", "key new"].map(holder.command),
    summary: `Generate a key for ${holder.whose}`,
    description: `Creates an API key and prints its secret once. ${holder.newKey} The registry adds a number to a name that exists already; hexuser prints the final name. On a current registry you need a session and a two-factor code, on a classic registry your account password.`,
    examples: [
      holder === accountHolder
        ? {
            means: "Make a key for CI that can only read, and that stops working",
            input: { keyName: "ci", permissions: ["api:read"], expires: "90d" },
          }
        : {
            means: "Make a key that stops working after 90 days",
            input: { ...holder.example, keyName: "ci", expires: "90d" },
          },
    ],
    effect: "write",
    input: z.strictObject({
      ...holder.fields,
      keyName: shortText(255)
        .optional()
        .describe("A name for the key; by default the name of this machine")
        .meta({
          title: "Name of the key",
          arg: true,
          flag: "key-name",
          isWorthAsking: true,
          preset: ({ hostname }) => hostname,
        }),
      permissions: z
        .array(permissionSchema())
        .min(1)
        .max(50)
        .default(["api:write"])
        .describe(
          "What the key may do: api, api:read, api:write, repositories, repository:ORG, package:ORG/NAME or docs:ORG",
        )
        .meta({
          title: "Permissions",
          question: "What may the key do?",
          flag: "permission",
          suggests: ["api", "api:read", "api:write", "repositories"],
          offers: permissionOffers,
          isWorthAsking: true,
          preset: () => ["api:read"],
          completes: "permission",
        }),
      expires: expirySchema()
        .optional()
        .describe("When the key stops working: 90d, 12h, 4w, or a date such as 2027-01-31")
        .meta({
          title: "Expiry",
          question: "When should the key expire?",
          offers: expiryOffers,
          isWorthAsking: true,
          preset: () => "90d",
        }),
      username: shortText(255)
        .optional()
        .describe("Your username, for a registry that accepts account passwords, if nobody is signed in")
        .meta({ title: "Username or email" }),
    }),
    answers: ["otp", "accountPassword", "localPassword", "adoptCredentials"],
    output: z.strictObject({
      name: z.string(),
      secret: z.string().describe("The key itself; it can't be shown again").meta({ secret: "once" }),
      permissions: z.array(z.string()),
      expiresAt: z.string().nullable().describe("ISO 8601"),
      registry: z.string(),
      ...holder.fields,
    }),
    show: ({ name, secret, permissions, expiresAt }) => ({
      value: secret,
      notices: [
        `The key ${name} was made. Permissions: ${permissions.join(", ")}. ${expiresAt === null ? "It doesn't expire." : `It expires on ${tellTime(expiresAt)}.`}`,
      ],
    }),
    leaves: ({ name, organization }) => ({
      keys: [name],
      undo: [
        {
          operation: holder === accountHolder ? keyRevoke : organizationKeyRevoke,
          input: organization === undefined ? { name } : { organization, name },
        },
      ],
    }),
    evidence: listOf(holder),
    learnKeyNames: ({ name }, known) => [...known.filter((other) => other !== name), name],
    async run({ organization, ...given }, ctx, answers) {
      const name = given.keyName ?? ctx.hostname;
      pathSegment(name, hint`give the key another name with ${{ field: "keyName" }}.`);
      const revokeAt = given.expires === undefined ? undefined : parseExpiry(given.expires, ctx.clock.now());
      const signed = await chooseSignature(given.username, ctx, answers);
      const permissions = uniquePermissions(given.permissions);
      await checkPermissions(permissions, signed, organization);
      const keys = accountKeys(signed.request, ctx, signed.whose, organization);
      const wanted = { name, permissions, ...(revokeAt === undefined ? {} : { revoke_at: revokeAt }) };
      const key = await makeNoted(wanted, { operation, organization }, keys, ctx);
      // Older registries ignore an expiry. Revoke a key without one, because its maker expects it to expire.
      if (revokeAt !== undefined && key.revoke_at == null) {
        await endMaking(key.name, { operation, organization }, ctx);
        throw await takeBack(key.name, keys.revoke, { ...eternal, organization });
      }
      if (key.revoke_at == null) warnOfEternity(key, ctx, organization);
      return {
        name: key.name,
        secret: key.secret,
        permissions: key.permissions.map(formatPermission),
        expiresAt: key.revoke_at ?? null,
        registry: ctx.registry.apiUrl,
        ...(organization === undefined ? {} : { organization }),
      };
    },
    settle: ({ name, organization }, ctx) => endMaking(name, { operation, organization }, ctx),
  });
}

export const keyGenerate = defineKeyGenerate(accountHolder);
export const organizationKeyGenerate = defineKeyGenerate(organizationHolder);

const eternal = {
  code: "not_supported",
  message: "This registry can't make keys that expire: it made one that doesn't.",
  hint: hint`leave out ${{ field: "expires" }}, and revoke the key with ${{ call: "key.revoke" }} when you no longer need it.`,
  needs: [{ input: "expires", because: "wrong" }],
} as const;
