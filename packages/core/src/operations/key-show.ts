import { z } from "zod";
import { accountKeys, noSuchKey } from "../account/account-keys.ts";
import { accountHolder, type KeyHolder, organizationHolder } from "../account/key-holder.ts";
import { listedKeyFields, toListedKey } from "../account/listed-key.ts";
import { signedRegistry } from "../account/signed-registry.ts";
import { warnOfExpiry } from "../display.ts";
import { keyNameSchema } from "../hex-api/key-record.ts";
import { defineOperation } from "../operation.ts";

function defineKeyShow(holder: KeyHolder) {
  return defineOperation({
    id: `${holder.prefix}key.show`,
    mistakenNames: ["key info"].map(holder.command),
    summary: `Show one key of ${holder.whose}`,
    description: `Shows everything that the registry tells about a key of ${holder.whoseInFull}: what it may do, when it was made, when, from where and by which program it was last used, and when it expires. It never shows the secret, which the registry shows only once.`,
    examples: [
      {
        means: "Show the permissions, the last use and the expiry of a key",
        input: { ...holder.example, name: "ci" },
      },
    ],
    effect: "read",
    input: z.strictObject({
      ...holder.fields,
      name: keyNameSchema().describe("The key's name").meta({ arg: true, completes: "key" }),
    }),
    answers: ["localPassword", "adoptCredentials"],
    output: z.strictObject(listedKeyFields),
    show: ({ name, permissions, lastUse, expiresAt, createdAt, updatedAt, inUse }, now) => ({
      list: {
        isBlock: true,
        columns: [
          { title: "Name" },
          { title: "Permissions" },
          { title: "Last use", kind: "time", absent: "never" },
          { title: "Last address" },
          { title: "Last program" },
          { title: "Expires", kind: "time", absent: "never" },
          { title: "Created", kind: "time", absent: "unknown" },
          { title: "Changed", kind: "time" },
          { title: "In use" },
        ],
        rows: [
          [
            name,
            permissions,
            lastUse?.usedAt ?? null,
            lastUse?.ip ?? null,
            lastUse?.userAgent ?? null,
            expiresAt,
            createdAt,
            updatedAt,
            inUse ? "by this machine" : "not by this machine, as far as hexuser can tell",
          ],
        ],
      },
      warnings: warnOfExpiry(name, expiresAt, now),
    }),
    async run({ organization, name }, ctx, answers) {
      const { credential, request } = await signedRegistry(ctx, answers, "read");
      // The list also costs one request, and it has the names for a suggestion.
      const keys = await accountKeys(request, ctx, credential.whose, organization).list();
      const key = keys.find((each) => each.name === name);
      if (key === undefined) {
        const names = keys.map((each) => each.name);
        throw noSuchKey(name, names, organization);
      }
      return toListedKey(key, credential);
    },
  });
}

export const keyShow = defineKeyShow(accountHolder);
export const organizationKeyShow = defineKeyShow(organizationHolder);
