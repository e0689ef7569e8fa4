import { type FailureError, fail, hint } from "@hexuser/core";

/** Characters. Registries give a few hundred. No server accepts a longer token in a header. */
const longestToken = 16_384;

/**
 * Returns a token from the registry if hexuser can store and send it: visible ASCII (RFC 6749, A.12, but without the
 * space, which ends a token in a header). Otherwise it fails with `registry_unavailable` and doesn't repeat the token.
 *
 * @param what the token in words: "access token"
 */
export function acceptToken(token: string, what: string): string {
  if (/^[\x21-\x7e]+$/.test(token) && token.length <= longestToken) return token;
  throw implausible(`The registry gave an invalid ${what}.`);
}

/** The failure for an answer that no Hex registry gives. */
export function implausible(message: string): FailureError {
  return fail("registry_unavailable", message, {
    hint: hint`check that the address given with ${{ option: "apiUrl" }} is the API of a Hex registry.`,
  });
}
