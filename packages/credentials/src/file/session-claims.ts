import { sha256 } from "@noble/hashes/sha2.js";

/** Characters of a token that are looked at. Real ones have some 400. */
const longestToken = 16 * 1024;

/** The parts of a JSON Web Token (RFC 7519), decoded but not verified. */
export interface TokenParts {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What was signed: the first two parts as they were sent. */
  readonly signed: string;
  readonly signature: Uint8Array;
}

/**
 * SHA-256, of secrets that are too long to be guessed. Not Node's: every command that reads the file needs it, and
 * Node takes milliseconds to load all of its cryptography for it.
 */
export function digestOf(text: string): string {
  return Buffer.from(sha256(Buffer.from(text))).toString("base64url");
}

/** Takes a token apart; `undefined` for a token of another form, or one that is too long to be real. */
export function readToken(token: string): TokenParts | undefined {
  const match = token.length > longestToken ? null : /^(([\w-]+)\.([\w-]+))\.([\w-]+)$/.exec(token);
  if (match === null) {
    return undefined;
  }
  const [, signed = "", header = "", claims = "", signature = ""] = match;
  try {
    const [first, second] = [header, claims].map((part) =>
      JSON.parse(Buffer.from(part, "base64url").toString("utf8")),
    );
    return isObject(first) && isObject(second)
      ? { header: first, claims: second, signed, signature: Buffer.from(signature, "base64url") }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A digest of what stays the same of a session when it is refreshed: who issued the access token, to whom and for
 * what. `undefined` for a token that doesn't say so.
 *
 * The claims are the same at every registry: only together with the key that signed them do they tell one session
 * from another.
 */
export function digestOfClaims({ accessToken }: { readonly accessToken: string }): string | undefined {
  const { iss, sub, aud } = readToken(accessToken)?.claims ?? {};
  return typeof iss === "string" && typeof sub === "string"
    ? digestOf(`claims ${JSON.stringify([iss, sub, aud ?? null])}`)
    : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
