import { digestOf, readToken } from "./session-claims.ts";

/** The part of a session that a registry signs. */
export interface SignedTokens {
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
}

/**
 * The key that signed both tokens of a session, as the SHA-256 thumbprint of its JSON Web Key (RFC 7638).
 * `undefined` where the tokens don't tell: there is no refresh token, or they aren't ES256 tokens of one key.
 */
export async function findSigningKey(session: SignedTokens): Promise<string | undefined> {
  if (session.refreshToken === undefined) {
    return undefined;
  }
  const [key, ...others] = await fittingKeys(session);
  return others.length === 0 ? key : undefined;
}

/** Tells whether this key can have signed every token of a session. Tokens of another form fit no key. */
export async function isSignedBy(session: SignedTokens, key: string): Promise<boolean> {
  return (await fittingKeys(session)).includes(key);
}

/** The thumbprints of the keys that fit every token there is. Two keys fit one signature. */
async function fittingKeys({ accessToken, refreshToken }: SignedTokens): Promise<readonly string[]> {
  const ofAccess = await recoverKeys(accessToken);
  if (refreshToken === undefined || ofAccess.length === 0) {
    return ofAccess;
  }
  const ofRefresh = await recoverKeys(refreshToken);
  return ofAccess.filter((key) => ofRefresh.includes(key));
}

/** Of one token: recovers the public keys from its signature (SEC 1, 4.1.6; RFC 7518, 3.4). */
async function recoverKeys(token: string): Promise<readonly string[]> {
  const parts = readToken(token);
  if (parts === undefined || parts.header.alg !== "ES256" || parts.signature.length !== 64) {
    return [];
  }
  // Here, not at the top: few commands need it, and loading it and computing takes tens of milliseconds.
  const [{ p256 }, { sha256 }] = await Promise.all([
    import("@noble/curves/nist.js"),
    import("@noble/hashes/sha2.js"),
  ]);
  const digest = sha256(Buffer.from(parts.signed));
  return [0, 1].flatMap((bit) => {
    try {
      const { x, y } = p256.Signature.fromBytes(parts.signature, "compact")
        .addRecoveryBit(bit)
        .recoverPublicKey(digest)
        .toAffine();
      return [thumbprintOf(x, y)];
    } catch {
      // Its numbers are no signature on this curve.
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
