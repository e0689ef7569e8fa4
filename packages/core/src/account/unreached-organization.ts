import { FailureError, fail } from "../failure.ts";
import { listOrganizations } from "../hex-api/accounts.ts";
import { quoteName } from "../hex-api/key-record.ts";
import type { Whose } from "../hex-api/refusal.ts";
import { type Hint, hint } from "../hint.ts";
import { nearest } from "../nearest-word.ts";
import type { Send } from "../registry/registry-request.ts";
import { findOwner, untold } from "./owner.ts";

/**
 * Finds out why the registry denies access to an organization. Registries answer 404 to people who aren't members, as
 * if the organization didn't exist (403 in 2021), and 403 to members whose role is too small.
 *
 * @param cause the failure of the answer itself, which it returns if the registry tells nothing else
 */
export async function explainUnreached(
  organization: string,
  cause: FailureError,
  send: Send,
  whose: Whose = { name: "The credential" },
): Promise<FailureError> {
  if (![403, 404].includes(Number(cause.failure.details?.status))) return cause;
  try {
    return (await findReason(organization, send, whose)) ?? cause;
  } catch (error) {
    if (error instanceof FailureError) return cause;
    throw error;
  }
}

async function findReason(organization: string, send: Send, whose: Whose): Promise<FailureError | undefined> {
  const named = quoteName(organization);
  const owner = await findOwner(send, whose);
  if (owner === untold || (owner?.type === "organization" && owner.name !== organization)) {
    const other = owner === untold ? "another organization" : `the organization ${quoteName(owner.name)}`;
    return fail("invalid_input", `${whose.name} belongs to ${other}, and gives no access to ${named}.`, {
      hint: hint`name the key's own organization, or sign in as a member of ${named} with ${{ call: "auth" }}.`,
    });
  }
  const names = (await listOrganizations(send)).accept(whose).map(({ name }) => name);
  if (names.includes(organization)) {
    return fail("authentication_refused", `Your role in the organization ${named} doesn't allow this.`, {
      hint: hint`ask an admin of the organization for another role, or to do this for you.`,
    });
  }
  return fail("not_found", `You are not a member of an organization ${named}.`, {
    hint: suggestOrganization(organization, names),
  });
}

/** A hint that names an organization instead. @param names those that the account is in */
export function suggestOrganization(organization: string, names: readonly string[]): Hint {
  const near = nearest(organization, names);
  if (near !== undefined) return hint`did you mean ${quoteName(near)}?`;
  const few = names.slice(0, 20).join(", ");
  return names.length === 0
    ? hint`ask an admin of the organization to add you. The account is in no organization yet.`
    : hint`name an organization that you are in: ${few}.`;
}
