import type { Behavior } from "./behavior.ts";
import type { Database } from "./store/database.ts";

/** The time of the sandbox, which can run ahead of or behind the machine's. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that this clock is ahead of its source. */
  offset: number;
}

/** The state of one sandbox. */
export interface Registry {
  readonly behavior: Behavior;
  readonly database: Database;
  readonly clock: Clock;
  readonly settings: Settings;
  /** The address of the site, without a slash at the end; known once the server listens. */
  siteUrl: string;
}

/** The owner of keys and sessions: the number of either a user or an organization. */
export interface Owner {
  readonly userId: number | null;
  readonly organizationId: number | null;
}

/** The program that asked for a change, for the audit log, and the user who signed the request. */
export interface Origin {
  readonly userAgent: string | null;
  readonly userId?: number | undefined;
}

/**
 * Makes a clock.
 * @param source milliseconds since 1970; the machine's clock when not given
 */
export function createClock(offset: number, source: () => number = Date.now): Clock {
  return {
    offset,
    now() {
      return Math.floor(source()) + this.offset;
    },
  };
}

/** Formats a time (milliseconds since 1970) as the registry does: ISO 8601 in UTC with microseconds. */
export function formatTime(time: number): string {
  return new Date(time).toISOString().replace("Z", "000Z");
}

/** The settings that you can change while the sandbox runs. All durations are in seconds unless the name says otherwise. */
export interface Settings {
  /** The time during which a device code can be approved and exchanged. */
  deviceCodeLifetime: number;
  accessTokenLifetime: number;
  refreshTokenLifetime: number;
  /** The `interval` in the answer to a device authorization. */
  pollingInterval: number;
  /** Requests per minute for one user or organization. */
  userRateLimit: number;
  /** Requests per minute for one address. */
  addressRateLimit: number;
  /** Count requests from loopback addresses too; the real servers exempt them. */
  limitLoopback: boolean;
  /** New accounts have to confirm their address before they can do more than make keys. */
  confirmEmails: boolean;
  /** Milliseconds by which every answer outside `/sandbox/` is delayed. */
  delayMs: number;
}

/** The settings of hex.pm. */
export const defaultSettings: Settings = {
  deviceCodeLifetime: 600,
  accessTokenLifetime: 1800,
  refreshTokenLifetime: 30 * 24 * 60 * 60,
  pollingInterval: 5,
  userRateLimit: 500,
  addressRateLimit: 100,
  limitLoopback: false,
  confirmEmails: true,
  delayMs: 0,
};

/**
 * Checks a change of settings that came as JSON.
 * @param change an object with some of the settings
 * @returns the same change, typed
 * @throws TypeError that names the first setting that doesn't exist or has the wrong type
 */
export function checkSettings(change: Readonly<Record<string, unknown>>): Partial<Settings> {
  for (const [name, value] of Object.entries(change)) {
    if (!(name in defaultSettings)) throw new TypeError(`unknown setting ${JSON.stringify(name)}`);
    const expected = typeof defaultSettings[name as keyof Settings];
    const fits =
      expected === "number" ? Number.isFinite(value) && Number(value) >= 0 : typeof value === expected;
    if (!fits) {
      throw new TypeError(
        `${name} must be ${expected === "number" ? "a number, zero or more" : "true or false"}`,
      );
    }
  }
  return change as Partial<Settings>;
}
