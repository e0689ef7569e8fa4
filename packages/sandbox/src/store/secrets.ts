import {
  createHash,
  generateKeyPairSync,
  randomBytes,
  randomInt,
  type ScryptOptions,
  scrypt,
  sign,
  timingSafeEqual,
} from "node:crypto";
import type { Registry } from "../registry.ts";

/** For passwords in a file: memory-hard, with 16 MiB for each password. */
const fileCost: ScryptOptions = { N: 2 ** 14, r: 8, p: 1 };

/** For passwords in memory, which nobody can steal: tests sign in thousands of times. */
const memoryCost: ScryptOptions = { N: 2 ** 8, r: 8, p: 1 };

/** Without vowels, and without digits that look like letters. */
const userCodeLetters = "23456789BCDFGHJKLMNPQRSTVWXYZ";

/** A new API key secret, or the key of a mailed link: 32 hexadecimal digits. */
export function newHexSecret(): string {
  return randomBytes(16).toString("hex");
}

/** 32 characters that are safe in a URL: a device code, or the value of a session's cookie. */
export function newUrlSecret(): string {
  return randomBytes(24).toString("base64url");
}

/** The code that a person types to approve a device: 8 characters. */
export function newUserCode(): string {
  return Array.from({ length: 8 }, () => userCodeLetters[randomInt(userCodeLetters.length)]).join("");
}

/** Hashes a secret for storage: SHA-256 in hexadecimal digits. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** A short fingerprint of a value that JSON can hold, for an entity tag. */
export function fingerprint(value: unknown): string {
  return createHash("md5").update(JSON.stringify(value)).digest("hex");
}

/** A new private key that signs tokens (ES256), in PEM. */
export function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ format: "pem", type: "pkcs8" }).toString();
}

/**
 * Makes an OAuth token: a JSON Web Token (RFC 7519) signed with ES256, as the real servers do.
 * @param signingKey as `newSigningKey` makes it
 * @param subject `user:NAME` or `org:NAME`
 * @param issuedAt milliseconds since 1970
 * @param lifetime seconds
 */
export function newToken(
  signingKey: string,
  subject: string,
  scope: string,
  issuedAt: number,
  lifetime: number,
): string {
  const issued = Math.floor(issuedAt / 1000);
  const claims = {
    aud: "hexpm:api",
    exp: issued + lifetime,
    iat: issued,
    iss: "hexpm",
    jti: randomBytes(16).toString("base64url"),
    nbf: issued - 30,
    scope,
    sub: subject,
  };
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const content = `${encode({ alg: "ES256", typ: "JWT" })}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(content), { key: signingKey, dsaEncoding: "ieee-p1363" });
  return `${content}.${signature.toString("base64url")}`;
}

/** Hashes an account password for storage, with a salt of its own. */
export async function hashPassword({ database }: Registry, password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString("base64")}:${(await derive(password, salt, database.isInMemory)).toString("base64")}`;
}

/** Tells whether a password matches a hash. No password matches an account without a password. */
export async function passwordFits(
  { database }: Registry,
  password: string,
  stored: string | null,
): Promise<boolean> {
  const [salt, hash] = (stored ?? "").split(":").map((part) => Buffer.from(part, "base64"));
  if (salt === undefined || hash === undefined) return false;
  return timingSafeEqual(await derive(password, salt, database.isInMemory), hash);
}

function derive(password: string, salt: Buffer, isInMemory: boolean): Promise<Buffer> {
  const cost = isInMemory ? memoryCost : fileCost;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, cost, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
