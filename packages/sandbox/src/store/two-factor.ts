import { Secret, TOTP } from "otpauth";
import type { Origin, Registry } from "../registry.ts";
import { audit } from "./audit-log.ts";
import { type User, userById } from "./users.ts";

/** After this number of wrong codes within this time (milliseconds), another wrong code gets another answer. */
const failureLimit = 5;
const failureWindow = 10 * 60 * 1000;

/** The seconds for which an authenticator shows a code (RFC 6238). */
const period = 30;

/** The result of checking a code. */
export type CodeCheck = "right" | "wrong" | "too many";

function totp(user: User, secret: string): TOTP {
  return new TOTP({
    issuer: "hexuser sandbox",
    label: user.username,
    secret: Secret.fromBase32(secret),
    period,
  });
}

/** A new secret in Base32. */
export function newTotpSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/** The `otpauth:` address that an authenticator reads from a QR code. */
export function totpAddress(user: User, secret: string): string {
  return totp(user, secret).toString();
}

/**
 * The code that an authenticator shows.
 * @param step periods of 30 seconds from now; negative for the past
 */
export function currentCode(registry: Registry, user: User, secret: string, step = 0): string {
  return totp(user, secret).generate({ timestamp: registry.clock.now() + step * period * 1000 });
}

/** Tells whether a code fits a secret. The codes one period early and late fit, too, any number of times. */
export function codeFits(registry: Registry, user: User, secret: string, code: string): boolean {
  const fits = totp(user, secret).validate({ token: code, timestamp: registry.clock.now(), window: 1 });
  return /^\d{6}$/.test(code) && fits !== null;
}

/**
 * Checks a code of an account with two-factor authentication, and counts wrong codes. The right code always
 * works; too many wrong codes change only the answer to wrong codes.
 */
export function checkCode(registry: Registry, user: User, code: string): CodeCheck {
  if (user.totp_secret !== null && codeFits(registry, user, user.totp_secret, code)) return "right";
  const since = registry.clock.now() - failureWindow;
  const failures = registry.database.all(
    "select at from totp_failures where user_id = ? and at > ?",
    user.id,
    since,
  );
  if (failures.length >= failureLimit) return "too many";
  registry.database.run(
    "insert into totp_failures (user_id, at) values (?, ?)",
    user.id,
    registry.clock.now(),
  );
  return "wrong";
}

/** Turns two-factor authentication on with a secret, or off with null. */
export function setTwoFactor(registry: Registry, user: User, secret: string | null, origin: Origin): void {
  registry.database.run(
    "update users set totp_secret = ?, pending_totp_secret = null where id = ?",
    secret,
    user.id,
  );
  audit(registry, { userId: user.id }, origin, "security.update", { id: user.id, username: user.username });
}

/** The secret for turning two-factor authentication on. It stays the same until the account has done so. */
export function pendingSecret(registry: Registry, user: User): string {
  const known = userById(registry, user.id)?.pending_totp_secret;
  if (known) return known;
  const secret = newTotpSecret();
  registry.database.run("update users set pending_totp_secret = ? where id = ?", secret, user.id);
  return secret;
}
