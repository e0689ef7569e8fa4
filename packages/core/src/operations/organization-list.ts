import { z } from "zod";
import { accountPermissions } from "../account/account-permissions.ts";
import { accountOf } from "../account/credential-in-use.ts";
import { findOwner, untold } from "../account/owner.ts";
import { signedRegistry } from "../account/signed-registry.ts";
import { fail } from "../failure.ts";
import { hint } from "../hint.ts";
import { defineOperation } from "../operation.ts";
import { sitePage } from "../registry/site.ts";

export const organizationList = defineOperation({
  id: "organization.list",
  mistakenNames: ["organizations", "organization whoami", "org list"],
  summary: "List your organizations and your role in each",
  description:
    "Lists the organizations that your account is a member of, with your role in each. If an organization's key signs the request, it lists that organization. It also tells for which organizations mix hex has a key on this machine.",
  examples: [{ means: "List your organizations", input: {} }],
  effect: "read",
  input: z.strictObject({}),
  answers: ["localPassword", "adoptCredentials"],
  output: z.strictObject({
    owner: z.enum(["user", "organization"]).describe("Whose credential asked for the list"),
    organizations: z.array(
      z.strictObject({
        name: z.string(),
        role: z.string().nullable().describe("read, write or admin; null without a membership"),
        keyHere: z.boolean().describe("Whether mix hex has a key of it on this machine"),
      }),
    ),
    packages: z.array(z.string()).describe("The packages that the account owns, such as acme/NAME"),
  }),
  show: ({ owner, organizations }) => {
    if (organizations.length === 0) return { notices: ["You are in no organization."] };
    const own = organizations.find(({ role }) => role === null)?.name;
    return {
      list: {
        columns: [
          { title: "Organization" },
          { title: "Role", absent: owner === "organization" ? "" : "not a member" },
          { title: "Key", kind: "mark", means: "mix hex has a key of this organization on this machine." },
        ],
        rows: organizations.map(({ name, role, keyHere }) => [name, role, keyHere]),
      },
      notices:
        owner === "organization"
          ? [`The key belongs to the organization ${own} itself. It has no memberships and no role.`]
          : [],
    };
  },
  learnPermissions: ({ organizations, packages }) => accountPermissions(organizations, packages),
  async run(_input, ctx, answers) {
    const { credential, request } = await signedRegistry(ctx, answers, "read");
    const owner = await findOwner(request, credential.whose);
    if (owner === undefined || owner === untold) {
      throw fail(
        "not_supported",
        "The registry doesn't tell to which organization this credential belongs.",
        {
          hint: hint`sign in with your account, or look at ${sitePage(ctx.registry, "/dashboard")}.`,
        },
      );
    }
    const here = (await ctx.credentials.organizationKeys?.list(accountOf(ctx))) ?? [];
    const { user } = owner;
    const found: { name: string; role: string | null }[] = user?.organizations ?? [
      { name: owner.name, role: null },
    ];
    const others =
      owner.type === "user" ? here.filter((name) => !found.some((one) => one.name === name)) : [];
    return {
      owner: owner.type,
      organizations: [...found, ...others.map((name) => ({ name, role: null }))].map((one) => ({
        ...one,
        keyHere: here.includes(one.name),
      })),
      packages: user?.packages.map(({ repository, name }) => `${repository}/${name}`) ?? [],
    };
  },
});
