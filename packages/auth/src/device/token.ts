import { type FailureError, fail, hint } from "@hexuser/core";

/** Characters. Registries give a few hundred; more than this no server takes in a header. */
const longestToken = 16_384;

/**
 * Gives back a token of the registry if it can be kept and sent: visible ASCII (RFC 6749, A.12, without the space,
 * which ends a token in a header).
 *
 * @param what the token in words: "access token"
 * Fails with `registry_unavailable`, without repeating it.
 */
export function acceptToken(token: string, what: string): string {
  if (/^[\x21-\x7e]+$/.test(token) && token.length <= longestToken) return token;
  throw notARegistry(`The registry gave ${what === "access token" ? "an" : "a"} ${what} that can't be one.`);
}

/** The failure of an answer that a Hex registry doesn't give. */
export function notARegistry(message: string): FailureError {
  return fail("registry_unavailable", message, {
    hint: hint`check that the address given with ${{ option: "apiUrl" }} is the API of a Hex registry.`,
  });
}
