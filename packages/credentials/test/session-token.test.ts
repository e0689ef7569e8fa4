import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { findSigningKey, isSignedBy } from "../src/file/session-token.ts";
import { newRegistryKey, sessionOf, tokenOf } from "./file/mix-hex.ts";

/** RFC 7638, 3: the members of the key in this order. */
function thumbprintOf(key: KeyObject): string {
  const { crv, kty, x, y } = key.export({ format: "jwk" });
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
}

/** The order of P-256 (SEC 2, 2.4.2). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The same signature with its other `s`: high for low, low for high. */
function withOtherS(token: string): string {
  const [header, claims, signature = ""] = token.split(".");
  const bytes = Buffer.from(signature, "base64url");
  const s = order - BigInt(`0x${bytes.subarray(32).toString("hex")}`);
  const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex")]);
  return `${header}.${claims}.${other.toString("base64url")}`;
}

const key = newRegistryKey();
const other = newRegistryKey();
const pair = (mine: KeyObject = key) => ({
  accessToken: tokenOf({ use: "access" }, mine),
  refreshToken: tokenOf({ use: "refresh" }, mine),
});

describe("the key that signed a session", () => {
  it("fits both tokens", async () => {
    for (let round = 0; round < 10; round += 1) {
      const session = pair();
      expect(await findSigningKey(session)).toBe(thumbprintOf(key));
      expect(await isSignedBy(session, thumbprintOf(key))).toBe(true);
      expect(await isSignedBy(session, thumbprintOf(other))).toBe(false);
    }
    expect(await findSigningKey(sessionOf("eric", "1", other))).toBe(thumbprintOf(other));
  });

  it("is found for high and low signatures", async () => {
    const { accessToken, refreshToken } = pair();
    const session = { accessToken: withOtherS(accessToken), refreshToken: withOtherS(refreshToken) };
    expect(await findSigningKey(session)).toBe(thumbprintOf(key));
  });

  it("isn't known from one token, or from the same token twice", async () => {
    const { accessToken } = pair();
    expect(await findSigningKey({ accessToken })).toBeUndefined();
    expect(await isSignedBy({ accessToken }, thumbprintOf(key))).toBe(true);
    expect(await findSigningKey({ accessToken, refreshToken: accessToken })).toBeUndefined();
  });

  it("isn't known if two keys signed", async () => {
    const session = { accessToken: pair().accessToken, refreshToken: pair(other).refreshToken };
    expect(await findSigningKey(session)).toBeUndefined();
  });

  const secp256k1 = newRegistryKey("secp256k1");
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const start = `${part({ alg: "ES256" })}.${part({})}`;
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  it.each([
    ["another curve", tokenOf({}, secp256k1)],
    ["another algorithm", tokenOf({}, key, { alg: "ES256K" })],
    ["RSA", `${start}.${sign("sha256", Buffer.from(start), rsa).toString("base64url")}`],
    ["an opaque token", "opaque"],
    ["an empty token", ""],
    ["100 KB", tokenOf({ filler: "x".repeat(100_000) })],
    ["100 KB of dots", ".".repeat(100_000)],
    ["a header that is null", `${part(null)}.${part({})}.${randomBytes(64).toString("base64url")}`],
    ["a header that isn't JSON", `eyJ.${part({})}.${randomBytes(64).toString("base64url")}`],
    ["a short signature", `${start}.AAAA`],
    ["a signature of zeros", `${start}.${Buffer.alloc(64).toString("base64url")}`],
    ["a signature beyond the order", `${start}.${Buffer.alloc(64, 255).toString("base64url")}`],
    ["random bytes", `${start}.${randomBytes(64).toString("base64url")}`],
  ])("isn't known for %s", async (_, token) => {
    for (const session of [
      { accessToken: token, refreshToken: pair().refreshToken },
      { accessToken: pair().accessToken, refreshToken: token },
      { accessToken: token },
    ]) {
      expect(await findSigningKey(session)).toBeUndefined();
      expect(await isSignedBy(session, thumbprintOf(key))).toBe(false);
    }
  });
});
