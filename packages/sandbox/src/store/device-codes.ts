import type { Registry } from "../registry.ts";
import { organizationsOf } from "./organizations.ts";
import { newUrlSecret, newUserCode } from "./secrets.ts";
import { type IssuedTokens, issueTokens, openSession, type Session } from "./sessions.ts";
import type { User } from "./users.ts";

/** A row of the table of device codes: the authorization of a device (RFC 8628). */
export interface DeviceCode {
  readonly id: number;
  readonly device_code: string;
  readonly user_code: string;
  readonly client_id: string;
  readonly scope: string;
  readonly name: string | null;
  readonly status: "pending" | "authorized" | "denied";
  readonly session_id: number | null;
  readonly ends_at: number;
}

/** The reason why a device code can't be approved or denied. */
export type DecisionProblem = "unknown" | "expired" | "decided" | "scope";

/** Programs that the registry knows, by their client ids. */
const clients: Readonly<Record<string, string>> = {
  "78ea6566-89fd-481e-a1d6-7d9d78eacca8": "Hex",
  "877731e8-cb88-45e1-9b84-9214de7da421": "Gleam",
  "b9721cf5-be2f-4a65-bfa5-141698b4b9cf": "Rebar3",
};

/** The name of the program that a client id belongs to, or undefined. */
export function clientName(clientId: string): string | undefined {
  return Object.hasOwn(clients, clientId) ? clients[clientId] : undefined;
}

/** Begins a device authorization. */
export function addDeviceCode(
  registry: Registry,
  wanted: { clientId: string; scope: string; name: string | null },
): DeviceCode {
  const now = registry.clock.now();
  const id = registry.database.run(
    `insert into device_codes (device_code, user_code, client_id, scope, name, status, ends_at, inserted_at)
     values (?, ?, ?, ?, ?, 'pending', ?, ?)`,
    newUrlSecret(),
    newUserCode(),
    wanted.clientId,
    wanted.scope,
    wanted.name,
    now + registry.settings.deviceCodeLifetime * 1000,
    now,
  );
  return registry.database.one<DeviceCode>("select * from device_codes where id = ?", id) as DeviceCode;
}

/** Finds a device authorization by the program's code. */
export function deviceByCode(registry: Registry, deviceCode: string): DeviceCode | undefined {
  return registry.database.one<DeviceCode>("select * from device_codes where device_code = ?", deviceCode);
}

/** Finds a device authorization by the code that a person types in, with or without a hyphen, in any case. */
export function deviceByUserCode(registry: Registry, userCode: string): DeviceCode | undefined {
  return registry.database.one<DeviceCode>(
    "select * from device_codes where user_code = ?",
    userCode.toUpperCase().replace(/[^A-Z0-9]/g, ""),
  );
}

/** Tells whether a device code has expired. */
export function deviceExpired(registry: Registry, device: DeviceCode): boolean {
  return device.ends_at < registry.clock.now();
}

/** Makes a device code expire now. */
export function expireDevice(registry: Registry, device: DeviceCode): void {
  registry.database.run(
    "update device_codes set ends_at = ? where id = ?",
    registry.clock.now() - 1,
    device.id,
  );
}

/**
 * Splits a request for `api` and `repositories` into the scopes that a person can grant: reading, writing, and each
 * repository by its name.
 */
export function expandScope(registry: Registry, user: User, scope: string): string[] {
  const repositories = ["hexpm", ...organizationsOf(registry, user.id).map(({ name }) => name)];
  const expanded = scope.split(" ").flatMap((word) => {
    switch (word) {
      case "":
        return [];
      case "api":
        return ["api:read", "api:write"];
      case "repositories":
        return repositories.map((name) => `repository:${name}`);
      default:
        return [word];
    }
  });
  return [...new Set(expanded)];
}

function decisionProblem(registry: Registry, device: DeviceCode | undefined): DecisionProblem | undefined {
  if (device === undefined) return "unknown";
  if (deviceExpired(registry, device)) return "expired";
  return device.status === "pending" ? undefined : "decided";
}

/** Finds a device code that can be approved or denied, or the reason why it can't. */
export function decidableDevice(
  registry: Registry,
  userCode: string,
): { device: DeviceCode } | { problem: DecisionProblem } {
  const device = deviceByUserCode(registry, userCode);
  const problem = decisionProblem(registry, device);
  return device === undefined || problem !== undefined ? { problem: problem ?? "unknown" } : { device };
}

/**
 * Approves a device.
 * @param granted a part of the result of `expandScope`
 * @returns the reason why it can't be approved, or undefined
 */
export function approveDevice(
  registry: Registry,
  device: DeviceCode,
  user: User,
  granted: readonly string[],
): DecisionProblem | undefined {
  const problem = decisionProblem(registry, device);
  if (problem !== undefined) return problem;
  const offered = expandScope(registry, user, device.scope);
  if (!granted.every((scope) => offered.includes(scope)) || (granted.length === 0 && offered.length > 0))
    return "scope";
  const session = openSession(
    registry,
    { userId: user.id, organizationId: null },
    { type: "oauth", clientId: device.client_id, name: device.name },
  );
  issueForUser(registry, session, user, granted.join(" "));
  registry.database.run(
    "update device_codes set status = 'authorized', session_id = ? where id = ?",
    session.id,
    device.id,
  );
  return undefined;
}

/** Denies a device. */
export function denyDevice(registry: Registry, device: DeviceCode): void {
  registry.database.run("update device_codes set status = 'denied' where id = ?", device.id);
}

/** Puts tokens with the usual lifetimes into a user's session. */
export function issueForUser(registry: Registry, session: Session, user: User, scope: string): IssuedTokens {
  return issueTokens(registry, session, `user:${user.username}`, scope, {
    access: registry.settings.accessTokenLifetime,
    refresh: registry.settings.refreshTokenLifetime,
  });
}
