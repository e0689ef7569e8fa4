import { z } from "zod";
import { accountOf } from "../account/credential-in-use.ts";
import { organizationHolder } from "../account/key-holder.ts";
import { checkRepositoryKey, requireOrganizationKeys } from "../account/repository-key.ts";
import { fail } from "../failure.ts";
import { hint } from "../hint.ts";
import { defineOperation } from "../operation.ts";
import { sendAs } from "../registry/registry-request.ts";
import { originOf } from "../registry/site.ts";
import { organizationList } from "./organization-list.ts";

export const organizationAuth = defineOperation({
  id: "organization.auth",
  mistakenNames: ["organization login", "organization add"],
  summary: "Store an organization's key for mix hex",
  description:
    "Checks a key of an organization at the registry, and stores it in hex.config, where mix hex finds it when it fetches packages of the organization. It refuses a key of a user, which mix hex 2.6 stops accepting. hexuser itself doesn't sign requests with this key.",
  examples: [{ means: "Store a key of an organization", input: organizationHolder.example }],
  effect: "write",
  input: z.strictObject(organizationHolder.fields),
  answers: ["key"],
  words: {
    key: {
      title: "Key of the organization",
      description: "A key that belongs to the organization, with the permission for its repository.",
    },
  },
  output: z.strictObject({
    organization: z.string(),
    keyName: z.string().nullable().describe("The name of the key; null where the registry doesn't tell it"),
    owner: z.literal("organization").nullable().describe("null where the registry doesn't tell it"),
    repository: z.string().describe("The repository of mix hex"),
    location: z.string().describe("The file with the key"),
  }),
  show: ({ organization, keyName, repository, location }) => ({
    notices: [
      `The key${keyName === null ? "" : ` ${keyName}`} of ${organization} is stored in ${location}. mix hex uses it for the repository ${repository}.`,
    ],
  }),
  evidence: organizationList,
  async run({ organization = "" }, ctx, answers) {
    checkName(organization);
    const keys = requireOrganizationKeys(ctx);
    const { readOnly } = ctx.credentials;
    if (readOnly !== undefined) throw fail("storage_write_failed", readOnly.why, { hint: readOnly.hint });
    const { key } = answers;
    if (key === undefined) {
      throw fail("authentication_required", "mix hex needs a key of the organization.", {
        needs: [{ answer: "key", because: "missing" }],
      });
    }
    if (!/^[\x21-\x7e]{1,4096}$/.test(key)) {
      throw fail("invalid_input", "This is no key: no key has spaces or such characters.", {
        needs: [{ answer: "key", because: "wrong" }],
      });
    }
    const { keyName, owner } = await checkRepositoryKey(organization, sendAs(ctx, { authorization: key }));
    const account = accountOf(ctx);
    const stored = { secret: key, owner: owner ?? undefined };
    const { sentElsewhere } = await keys.store(account, organization, stored);
    if (owner === null) {
      const message =
        "The registry doesn't tell whether the key belongs to the organization. If it belongs to a user, mix hex 2.6 stops accepting it.";
      ctx.emit({ type: "warning", message });
    }
    if (sentElsewhere) {
      ctx.emit({
        type: "warning",
        message: `mix hex sends this key to https://repo.hex.pm, unless you name the repository of ${originOf(ctx.registry)}.`,
        hint: hint`run \`mix hex.repo set hexpm --url ADDRESS\`, or set HEX_MIRROR.`,
      });
    }
    return {
      organization,
      keyName,
      owner,
      repository: `hexpm:${organization}`,
      location: ctx.credentials.location(account),
    };
  },
});

/** mix hex finds the organization by this name in its file. */
function checkName(organization: string): void {
  if (/^[a-z0-9_.-]+$/.test(organization)) return;
  throw fail("invalid_input", "This can't be the name of an organization.", {
    hint: hint`list your organizations with ${{ call: "organization.list" }}. Their names have only a-z, 0-9, _, . and -.`,
  });
}
