import { z } from "zod";
import { accountPermissions } from "../account/account-permissions.ts";
import { claimOf, isSignedByKey, scopeOf } from "../account/credential-in-use.ts";
import { describeKey, findOwner, untold } from "../account/owner.ts";
import { signedRegistry } from "../account/signed-registry.ts";
import type { Context } from "../context.ts";
import { tellTime, warnOfExpiry } from "../display.ts";
import { fail } from "../failure.ts";
import { hint } from "../hint.ts";
import { defineOperation } from "../operation.ts";
import { sendAs } from "../registry/registry-request.ts";
import { sitePage } from "../registry/site.ts";

export const whoami = defineOperation({
  id: "whoami",
  summary: "Show who is signed in",
  description:
    "Asks the registry who owns the credentials of this machine: you, or an organization if the key is an organization's.",
  examples: [{ means: "Show the name of the account that is signed in", input: {} }],
  effect: "read",
  input: z.strictObject({
    describeCredential: z
      .boolean()
      .optional()
      .describe("Also return the name and the expiry of the key, which takes one more request")
      .meta({ flag: null, fact: "detailed" }),
  }),
  answers: ["localPassword", "adoptCredentials"],
  output: z.strictObject({
    username: z.string(),
    owner: z.enum(["user", "organization"]),
    registry: z.string().describe("The base of the registry's API"),
    organizations: z
      .array(z.strictObject({ name: z.string(), role: z.string() }))
      .nullable()
      .describe("The organizations of a user with the role in each; null unless the credential is described"),
    packages: z
      .array(z.string())
      .nullable()
      .describe("The packages that a user owns, such as hexpm/NAME; null unless the credential is described"),
    credential: z.strictObject({
      kind: z.enum(["key", "session", "keys"]),
      from: z.string().describe("Where the credential was found"),
      name: z.string().nullable(),
      madeAt: z.string().nullable().describe("ISO 8601; of a session: since when this machine is signed in"),
      expiresAt: z.string().nullable().describe("ISO 8601; of a session: until when its token is good"),
      permissions: z
        .array(z.string())
        .nullable()
        .describe("What it may do: the scopes of a session, or the permissions of a key; null if unknown"),
      renewed: z
        .boolean()
        .nullable()
        .describe(
          "Whether the token of a session is renewed by itself; null where there is nothing to renew",
        ),
    }),
  }),
  show: ({ username, credential, owner, registry, organizations }, now) => ({
    value: username,
    warnings:
      credential.kind === "session" || credential.name === null
        ? []
        : warnOfExpiry(credential.name, credential.expiresAt, now),
    details: [
      `${owner === "organization" ? "An organization" : "A user"} of ${registry}.`,
      `Signed in with ${credentialKinds[credential.kind]}${credential.name === null ? "" : ` (${credential.name})`} from ${credential.from}${describeStart(credential)}.`,
      describeEnd(credential),
      ...(credential.permissions === null
        ? []
        : [`It may do this: ${credential.permissions.join(", ") || "nothing"}.`]),
      ...(organizations === null || owner === "organization" ? [] : [describeMemberships(organizations)]),
    ],
  }),
  learnPermissions: ({ organizations, packages }) =>
    organizations === null ? undefined : accountPermissions(organizations, packages ?? []),
  async run(input, ctx, answers) {
    const registry = await signedRegistry(ctx, answers, "read");
    const { kind, from, stored, authorization, whose } = registry.credential;
    const owner = await findOwner(registry.request, whose);
    if (owner === undefined || owner === untold) throw ownerUnknown(ctx);
    if (stored.apiKeyFrom !== undefined && (stored.session !== undefined || stored.keys !== undefined)) {
      const message = `This is by the ${kind} in ${stored.apiKeyFrom}, which comes before what is kept on this machine.`;
      ctx.emit({ type: "notice", message });
    }
    const key =
      input.describeCredential && isSignedByKey(registry.credential)
        ? await describeKey(sendAs(ctx, { authorization }), owner)
        : undefined;
    const session = kind === "session" ? stored.session : undefined;
    const { user } = input.describeCredential ? owner : {};
    const scope = isSignedByKey(registry.credential) ? null : (scopeOf(authorization, session) ?? null);
    const end = kind === "token" ? Number(claimOf(authorization, "exp")) : session?.expiresAt;
    return {
      username: owner.name,
      owner: owner.type,
      registry: ctx.registry.apiUrl,
      organizations: user?.organizations ?? null,
      packages: user?.packages.map(({ repository, name }) => `${repository}/${name}`) ?? null,
      credential: {
        kind: kind === "token" ? "session" : kind,
        from,
        name: key?.name ?? owner.keyName ?? null,
        madeAt: toTime(session?.madeAt) ?? key?.madeAt ?? null,
        expiresAt: toTime(end) ?? key?.expiresAt ?? null,
        permissions: key?.permissions ?? scope,
        renewed: session === undefined ? null : session.refreshToken !== undefined,
      },
    };
  },
});

interface CredentialLife {
  readonly kind: string;
  readonly madeAt: string | null;
  readonly expiresAt: string | null;
  readonly renewed: boolean | null;
}

const credentialKinds = {
  key: "an API key",
  session: "a session",
  keys: "a key of a classic sign-in",
} as const;

function describeStart({ kind, madeAt }: CredentialLife): string {
  if (madeAt === null) return "";
  return `, ${kind === "session" ? "since" : "made on"} ${madeAt.slice(0, 10)}`;
}

function describeEnd({ kind, expiresAt, renewed }: CredentialLife): string {
  if (kind !== "session") {
    return expiresAt === null
      ? "It doesn't expire, as far as the registry tells."
      : `It expires on ${tellTime(expiresAt)}.`;
  }
  const until = expiresAt === null ? "Its token expires" : `Its token is good until ${tellTime(expiresAt)}`;
  return `${until}, and ${renewed === true ? "is renewed by itself" : "can't be renewed"}.`;
}

/** Converts a UNIX time in seconds to ISO 8601. Returns `undefined` for an impossible number, which a file may hold. */
function toTime(seconds: number | undefined): string | undefined {
  const time = new Date((seconds ?? Number.NaN) * 1000);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

function describeMemberships(organizations: readonly { name: string; role: string }[]): string {
  const memberships = organizations.map(({ name, role }) => `${name} (${role})`);
  return memberships.length === 0
    ? "You are in no organization."
    : `Organizations: ${memberships.join(", ")}.`;
}

function ownerUnknown(ctx: Context) {
  return fail("not_supported", "The registry doesn't tell whom this credential belongs to.", {
    hint: hint`check the address given with ${{ option: "apiUrl" }}. If it is right, look at ${sitePage(ctx.registry, "")}/.`,
  });
}
