import type { Session } from "@hexuser/core";
import type { TemporaryHome } from "./temporary-home.ts";

function token(claims: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${encode({ alg: "ES256", typ: "JWT" })}.${encode(claims)}.c2ln`;
}
/** A session as current registries give them; `jti` tells one pair of tokens from the next. */
export function sessionOf(user: string, jti: string): Session {
  const claims = { iss: "hexpm", aud: "hexpm:api", sub: `user:${user}`, jti };
  return {
    accessToken: token(claims),
    refreshToken: `refresh-${jti}`,
    expiresAt: 1_795_478_400,
    scope: "api",
  };
}
/** Sets an entry as mix hex does: it writes its entries anew, and keeps ours. */
export async function writeAsMixHex(home: TemporaryHome, key: string, value: string): Promise<void> {
  const others = (await home.read()).split("\n").filter((line) => !line.startsWith(`{${key},`));
  await home.write(`${others.join("\n")}\n{${key},${value}}.\n`);
}
/** A session as mix hex 2.5 writes it. */
export const oauthTerm = (session: Session) =>
  `#{access_token => <<"${session.accessToken}">>,refresh_token => <<"${session.refreshToken}">>,expires_at => ${session.expiresAt}}`;
