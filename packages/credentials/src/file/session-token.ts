// Facts about the registry that signed the tokens of a session.
import { sha256 } from "@noble/hashes/sha2.js";

/** Characters of a token that are decoded. Real tokens have about 400. */
const longestToken = 16 * 1024;

/** The parts of a JSON Web Token (RFC 7519), decoded but not verified. */
interface TokenParts {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The signed text: the first two parts as they were sent. */
  readonly signed: string;
  readonly signature: Uint8Array;
}

/** The tokens of a session. A registry signs both. */
export interface SignedTokens {
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
}

/**
 * The SHA-256 of secrets that are too long to be guessed. It doesn't use Node's cryptography, which takes milliseconds
 * to load, because every command that reads the file calls it.
 */
export function digestOf(text: string): string {
  return Buffer.from(sha256(Buffer.from(text))).toString("base64url");
}

/** The digest that identifies the access token. */
export function digestOfSession({ accessToken }: SignedTokens): string {
  return digestOf(`token ${accessToken}`);
}

/** The digest that identifies the refresh token; `undefined` for a session without one. */
export function digestOfRefreshToken(session: SignedTokens | undefined): string | undefined {
  return session?.refreshToken === undefined ? undefined : digestOf(`refresh ${session.refreshToken}`);
}

/** The digest that identifies both tokens together. */
export function digestOfPair({ accessToken, refreshToken = "" }: SignedTokens): string {
  return digestOf(`pair ${accessToken} ${refreshToken}`);
}

/**
 * A digest of the claims that stay the same when a session is refreshed: who issued the access token, to whom and for
 * what. `undefined` for a token without these claims.
 *
 * The claims are the same at every registry. They identify a session only together with the key that signed them.
 */
export function digestOfClaims({ accessToken }: SignedTokens): string | undefined {
  const { iss, sub, aud } = readToken(accessToken)?.claims ?? {};
  return typeof iss === "string" && typeof sub === "string"
    ? digestOf(`claims ${JSON.stringify([iss, sub, aud ?? null])}`)
    : undefined;
}

/**
 * The key that signed both tokens of a session, as the SHA-256 thumbprint of its JSON Web Key (RFC 7638).
 * `undefined` if the tokens don't tell: there is no refresh token, or they aren't ES256 tokens of one key.
 */
export async function findSigningKey(session: SignedTokens): Promise<string | undefined> {
  if (session.refreshToken === undefined) return undefined;
  const [key, ...others] = await fittingKeys(session);
  return others.length === 0 ? key : undefined;
}

/** Tells whether this key can have signed all tokens of a session. No key fits tokens of another form. */
export async function isSignedBy(session: SignedTokens, key: string): Promise<boolean> {
  return (await fittingKeys(session)).includes(key);
}

/** The thumbprints of the keys that fit all tokens. Two keys fit one signature. */
async function fittingKeys({ accessToken, refreshToken }: SignedTokens): Promise<readonly string[]> {
  const ofAccess = await recoverKeys(accessToken);
  if (refreshToken === undefined || ofAccess.length === 0) return ofAccess;
  const ofRefresh = await recoverKeys(refreshToken);
  return ofAccess.filter((key) => ofRefresh.includes(key));
}

/** Recovers the public keys from the signature of a token (SEC 1, 4.1.6; RFC 7518, 3.4). */
async function recoverKeys(token: string): Promise<readonly string[]> {
  const parts = readToken(token);
  if (parts === undefined || parts.header.alg !== "ES256" || parts.signature.length !== 64) return [];
  // Loaded only now, because few commands need it, and it takes tens of milliseconds.
  const { p256 } = await import("@noble/curves/nist.js");
  const digest = sha256(Buffer.from(parts.signed));
  return [0, 1].flatMap((bit) => {
    try {
      const { x, y } = p256.Signature.fromBytes(parts.signature, "compact")
        .addRecoveryBit(bit)
        .recoverPublicKey(digest)
        .toAffine();
      return [thumbprintOf(x, y)];
    } catch {
      // The numbers are not a signature on this curve.
      return [];
    }
  });
}

function thumbprintOf(x: bigint, y: bigint): string {
  const [first, second] = [x, y].map((number) =>
    Buffer.from(number.toString(16).padStart(64, "0"), "hex").toString("base64url"),
  );
  return digestOf(JSON.stringify({ crv: "P-256", kty: "EC", x: first, y: second }));
}

/** Decodes a token; `undefined` for a token of another form or of a length that no real token has. */
function readToken(token: string): TokenParts | undefined {
  const match = token.length > longestToken ? null : /^(([\w-]+)\.([\w-]+))\.([\w-]+)$/.exec(token);
  if (match === null) return undefined;
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
