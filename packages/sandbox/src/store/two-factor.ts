import { Secret, TOTP } from "otpauth";
import type { Origin, Registry } from "../registry.ts";
import { audit } from "./audit-log.ts";
import { type User, userById } from "./users.ts";

/** After this many wrong codes within this many milliseconds, a further wrong one is answered differently. */
const failureLimit = 5;
const failureWindow = 10 * 60 * 1000;

/** Seconds that a code is shown for (RFC 6238). */
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
 * @param step how many periods of 30 seconds from now; negative for past ones
 */
export function currentCode(registry: Registry, user: User, secret: string, step = 0): string {
  return totp(user, secret).generate({ timestamp: registry.clock.now() + step * period * 1000 });
}

/** Tells whether a code fits a secret now. The ones just before and just after count, any number of times. */
export function codeFits(registry: Registry, user: User, secret: string, code: string): boolean {
  const fits = totp(user, secret).validate({ token: code, timestamp: registry.clock.now(), window: 1 });
  return /^\d{6}$/.test(code) && fits !== null;
}

/**
 * Checks a code of an account that has two-factor authentication, and counts the wrong ones. The right one is
 * always right: too many wrong codes change only the answer to wrong ones.
 */
export function checkCode(registry: Registry, user: User, code: string): CodeCheck {
  if (user.totp_secret !== null && codeFits(registry, user, user.totp_secret, code)) {
    return "right";
  }
  const since = registry.clock.now() - failureWindow;
  const failures = registry.database.all(
    "select at from totp_failures where user_id = ? and at > ?",
    user.id,
    since,
  );
  if (failures.length >= failureLimit) {
    return "too many";
  }
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

/** The secret that an account is about to turn two-factor authentication on with; the same until it does. */
export function pendingSecret(registry: Registry, user: User): string {
  const known = userById(registry, user.id)?.pending_totp_secret;
  if (known) {
    return known;
  }
  const secret = newTotpSecret();
  registry.database.run("update users set pending_totp_secret = ? where id = ?", secret, user.id);
  return secret;
}
