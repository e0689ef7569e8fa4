import { z } from "zod";
import { accountOf } from "../account/credential-in-use.ts";
import { organizationHolder } from "../account/key-holder.ts";
import { requireOrganizationKeys } from "../account/repository-key.ts";
import { hint } from "../hint.ts";
import { defineOperation } from "../operation.ts";
import { organizationList } from "./organization-list.ts";

export const organizationDeauth = defineOperation({
  id: "organization.deauth",
  mistakenNames: ["organization logout", "organization remove"],
  summary: "Remove an organization's key from mix hex",
  description:
    "Removes the key of an organization from hex.config. The key stays good at the registry, since other machines may use it.",
  examples: [{ means: "Remove the key of an organization", input: organizationHolder.example }],
  effect: "write",
  input: z.strictObject(organizationHolder.fields),
  answers: [],
  output: z.strictObject({
    organization: z.string(),
    removed: z.boolean().describe("Whether there was a key"),
    location: z.string().describe("The file"),
  }),
  show: ({ organization, removed, location }) => ({
    notices: removed
      ? [
          `The key of ${organization} was removed from ${location}.`,
          hint`The registry still accepts it. If nothing else uses it, list the keys with ${{ call: "organization.key.list", about: organization }} and revoke it.`,
        ]
      : [`${location} has no key of ${organization}.`],
  }),
  reach: "machine",
  evidence: organizationList,
  async run({ organization = "" }, ctx) {
    const account = accountOf(ctx);
    const removed = await requireOrganizationKeys(ctx).remove(account, organization);
    return { organization, removed, location: ctx.credentials.location(account) };
  },
});
