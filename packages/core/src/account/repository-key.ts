import type { Context } from "../context.ts";
import type { OrganizationKeys } from "../credential-backend.ts";
import { type FailureError, fail } from "../failure.ts";
import { listOrganizations, readAuth, readOwnUser } from "../hex-api/accounts.ts";
import { quoteName } from "../hex-api/key-record.ts";
import { type Hint, hint } from "../hint.ts";
import type { Send } from "../registry/registry-request.ts";

/** The credential that a person gives for mix hex. */
const givenKey = { name: "The key", answer: "key" } as const;

/** A key that fetches packages of an organization, as far as the registry tells. */
export interface RepositoryKey {
  readonly keyName: string | null;
  /** Older registries don't tell the owner of a key that can do nothing else. */
  readonly owner: "organization" | null;
}

/**
 * Checks that a key works in an organization's repository and doesn't belong to a user. Fails as `Answer.accept` does,
 * with a need for another key if one can help.
 *
 * @param send signs with the key
 */
export async function checkRepositoryKey(organization: string, send: Send): Promise<RepositoryKey> {
  const named = quoteName(organization);
  const auth = await readAuth(send, "repository", organization);
  if (auth.refusal === "not_authorized")
    throw refuseKey(`The key has no permission for the repository of ${named}.`, makeOne(organization));
  if (auth.refusal === "key_unknown" || auth.refusal === "key_revoked")
    throw refuseKey("The key is not valid at this registry, or no longer.", makeOne(organization));
  if (auth.refusal === "billing_inactive") throw auth.failure();
  if (auth.status === 403)
    throw refuseKey(`The key belongs to nobody in an organization ${named}.`, makeOne(organization));
  const key = auth.accept(givenKey);
  const owner = key === null ? await findOlderOwner(organization, send) : key.owner;
  if (owner?.type === "user") throw ofUser(owner.name, organization);
  return { keyName: key?.name ?? null, owner: owner == null ? null : "organization" };
}

/** Older registries don't name the owner, but a key that may read the API can find its account. */
async function findOlderOwner(organization: string, send: Send) {
  const user = await readOwnUser(send);
  if (user.value !== undefined) return { type: "user", name: user.value.username };
  if (!user.isMissing) return undefined;
  const list = (await listOrganizations(send)).value ?? [];
  return list.some(({ name }) => name === organization)
    ? { type: "organization", name: organization }
    : undefined;
}

/**
 * Returns the place where mix hex finds keys of organizations. Fails with `not_supported` for a backend that mix hex
 * doesn't read.
 */
export function requireOrganizationKeys({ credentials }: Pick<Context, "credentials">): OrganizationKeys {
  if (credentials.organizationKeys !== undefined) return credentials.organizationKeys;
  throw fail(
    "not_supported",
    `mix hex finds keys of organizations only in its own file, and not in the backend ${credentials.id}.`,
    {
      hint: hint`use ${{ option: "backend", value: "file" }} for this command. The key is then in hex.config, not encrypted.`,
    },
  );
}

function makeOne(organization: string): Hint {
  const given = { permission: `repository:${organization}` };
  return hint`make a key with ${{ call: "organization.key.generate", about: organization, given }}.`;
}

function ofUser(username: string, organization: string): FailureError {
  return refuseKey(
    `The key belongs to the user ${quoteName(username)}. mix hex 2.6 stops accepting a user's key for an organization, so the key was not stored.`,
    hint`${makeOne(organization)} On your own machine, sign in with ${{ call: "auth" }} instead: a session covers all your organizations.`,
  );
}

function refuseKey(message: string, howTo: Hint): FailureError {
  return fail("authentication_refused", message, {
    hint: howTo,
    needs: [{ answer: "key", because: "wrong" }],
  });
}
