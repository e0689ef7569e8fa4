import { z } from "zod";
import { accountKeys } from "../account/account-keys.ts";
import { accountHolder, type KeyHolder, organizationHolder } from "../account/key-holder.ts";
import {
  type Criteria,
  criteriaFields,
  type ListedKey,
  listedKeyFields,
  matchesCriteria,
  toListedKey,
} from "../account/listed-key.ts";
import { signedRegistry } from "../account/signed-registry.ts";
import { warnOfExpiry } from "../display.ts";
import { quoteSome } from "../hex-api/key-record.ts";
import { defineOperation } from "../operation.ts";
import { tellUnfinished } from "../rotation/unfinished-keys.ts";
import { spanSchema } from "../schema/typed-text.ts";

const orders = ["name", "created", "last-use", "expires"] as const;

function defineKeyList(holder: KeyHolder) {
  return defineOperation({
    id: `${holder.prefix}key.list`,
    mistakenNames: ["keys"].map(holder.command),
    summary: `List the keys of ${holder.whose}`,
    description: `Lists the keys of ${holder.whoseInFull}, with their permissions and their last use. It shows no secret. With several conditions, it lists the keys that match all of them.`,
    examples: [
      { means: `List the keys of ${holder.whose}`, input: holder.example },
      {
        means: "List the keys that nobody has used for three months",
        input: { ...holder.example, unused: "90d" },
      },
    ],
    effect: "read",
    input: z.strictObject({
      ...holder.fields,
      ...criteriaFields,
      expiring: spanSchema()
        .optional()
        .describe("Only keys that expire within this time: 14d, 12h or 4w")
        .meta({ title: "Expiring within", valueName: "TIME" }),
      sort: z
        .enum(orders)
        .optional()
        .describe("The order: name; created or last-use, longest ago first; expires, soonest first"),
    }),
    answers: ["localPassword", "adoptCredentials"],
    output: z.strictObject({
      keys: z.array(z.strictObject(listedKeyFields)),
      total: z.int().describe("The number of all keys, whether they match or not"),
    }),
    show: ({ keys, total }, now) => {
      if (total === 0) return { notices: [`The ${holder.noun} has no keys.`] };
      if (keys.length === 0) {
        const count = total === 1 ? "one key, which doesn't match" : `${total} keys, which don't match`;
        return {
          notices: [`The ${holder.noun} has ${count}. Registries usually don't list keys that have expired.`],
        };
      }
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
    learnKeyNames: ({ keys, total }, known) => {
      const names = keys.map((key) => key.name);
      return names.length === total ? names : [...new Set([...known, ...names])];
    },
    async run({ organization, sort = "name", ...criteria }, ctx, answers) {
      const { credential, request } = await signedRegistry(ctx, answers, "read");
      const all = await accountKeys(request, ctx, credential.whose, organization).list();
      await tellUnfinished(all, organization, ctx);
      const keys = all
        .map((key) => toListedKey(key, credential))
        .filter((key) => matchesCriteria(key, criteria, ctx.clock.now()));
      return { keys: sortKeys(keys, sort), total: all.length };
    },
  });
}

export const keyList = defineKeyList(accountHolder);
export const organizationKeyList = defineKeyList(organizationHolder);

/** Makes the operation that lists the holder's keys. */
export function listOf(holder: KeyHolder) {
  return holder === organizationHolder ? organizationKeyList : keyList;
}

/** Shows a person the keys that a call would revoke. */
export function lookAtKeys(
  holder: KeyHolder,
  { organization, ...criteria }: Criteria & { readonly organization?: string | undefined },
) {
  const input = organization === undefined ? criteria : { organization, ...criteria };
  return { look: listOf(holder), input, organization };
}

/** Says which keys a call would revoke. Returns `undefined` if there are no keys. */
export function tellRevocation(keys: readonly ListedKey[]): string | undefined {
  if (keys.length === 0) return undefined;
  const count = keys.length === 1 ? "1 key" : `${keys.length} keys`;
  return `This revokes ${count}: ${quoteSome(keys.map(({ name }) => name))}.`;
}

/** Sorts keys by a time, and keys of the same time by name. Keys that don't expire come last, unused keys first. */
function sortKeys(keys: readonly ListedKey[], order: (typeof orders)[number]): ListedKey[] {
  if (order === "name") return [...keys];
  const timeOf = ({ createdAt, lastUse, expiresAt }: ListedKey) => {
    if (order === "expires") return Date.parse(expiresAt ?? "") || Number.POSITIVE_INFINITY;
    return Date.parse((order === "created" ? createdAt : lastUse?.usedAt) ?? "") || 0;
  };
  return keys.toSorted((one, other) => {
    const [first, second] = [timeOf(one), timeOf(other)];
    return first === second ? 0 : first - second;
  });
}
