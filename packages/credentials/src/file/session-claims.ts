import { sha256 } from "@noble/hashes/sha2.js";

/** Characters of a token that are looked at. Real ones have some 400. */
const longestToken = 16 * 1024;

/**
 * SHA-256, of secrets that are too long to be guessed. Not Node's: every command that reads the file needs it, and
 * Node takes milliseconds to load all of its cryptography for it.
 */
export function digestOf(text: string): string {
  return Buffer.from(sha256(Buffer.from(text))).toString("base64url");
}

/**
 * What stays the same of a session when mix hex refreshes it, which changes both tokens: who issued the access
 * token, to whom and for what, if it is a JSON Web Token that says so (that of every registry seen does; it has no
 * claim for the session). Of any other token, the token itself: after mix hex refreshed such a session, its origin
 * has to be assumed again.
 *
 * The claims aren't verified. They only tell the same session from another; whoever can write the file could
 * write the fingerprint as well.
 */
export function fingerprintSession({ accessToken }: { readonly accessToken: string }): string {
  const claims = readClaims(accessToken);
  return claims === undefined
    ? digestOf(`token ${accessToken}`)
    : digestOf(`claims ${JSON.stringify(claims)}`);
}

function readClaims(token: string): readonly unknown[] | undefined {
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token.slice(0, longestToken))?.[1];
  if (payload === undefined || token.length > longestToken) {
    return undefined;
  }
  try {
    const { iss, sub, aud } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as {
      [claim: string]: unknown;
    };
    return typeof iss === "string" && typeof sub === "string" ? [iss, sub, aud ?? null] : undefined;
  } catch {
    return undefined;
  }
}
