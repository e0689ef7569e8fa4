import { type FailureError, fail } from "../failure.ts";
import { hint } from "../hint.ts";
import type { Registry } from "../transport.ts";

const elsewhere = hint`check the address given with ${{ option: "apiUrl" }}. At a private registry, ask its operators for a key and store it with ${{ call: "auth", given: { withKey: true } }}.`;

/** The failure at a registry that answers 404 where every registry with users answers something else. */
export function noAccounts({ apiUrl }: Pick<Registry, "apiUrl">): FailureError {
  return fail("not_supported", `The registry at ${apiUrl} has no accounts.`, { hint: elsewhere });
}

/** The same where the list of keys, which a registry with keys has for every account, isn't there. */
export function noKeys({ apiUrl }: Pick<Registry, "apiUrl">): FailureError {
  return fail("not_supported", `The registry at ${apiUrl} has no keys to list, to make or to revoke.`, {
    hint: elsewhere,
  });
}
