import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Session } from "@hexuser/core";
import type { TemporaryHome } from "./temporary-home.ts";

/** Makes the private key with which a registry signs tokens. */
export const newRegistryKey = (curve = "P-256") =>
  generateKeyPairSync("ec", { namedCurve: curve }).privateKey;
const usualKey = newRegistryKey();

/** Makes an ES256 token, like those of registries. */
export function tokenOf(claims: object, key: KeyObject = usualKey, header: object = {}): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${encode({ alg: "ES256", typ: "JWT", ...header })}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

const made = new Map<string, Session>();

/** Makes a session like those of current registries. `jti` distinguishes one pair of tokens from the next. */
export function sessionOf(user: string, jti: string, key: KeyObject = usualKey): Session {
  const claims = { iss: "hexpm", aud: "hexpm:api", sub: `user:${user}`, jti };
  const name = JSON.stringify([user, jti, key.export({ format: "jwk" })]);
  const session = made.get(name) ?? {
    accessToken: tokenOf(claims, key),
    refreshToken: tokenOf({ ...claims, use: `refresh-${jti}` }, key),
    expiresAt: 1_795_478_400,
    scope: "api",
  };
  made.set(name, session);
  return session;
}
/** Sets an entry like mix hex, which rewrites its own entries and keeps ours. */
export async function writeAsMixHex(home: TemporaryHome, key: string, value: string): Promise<void> {
  const others = (await home.read()).split("\n").filter((line) => !line.startsWith(`{${key},`));
  await home.write(`${others.join("\n")}\n{${key},${value}}.\n`);
}
/** A session in the form of mix hex 2.5. */
export const oauthTerm = (session: Session) =>
  `#{access_token => <<"${session.accessToken}">>,refresh_token => <<"${session.refreshToken}">>,expires_at => ${session.expiresAt}}`;
