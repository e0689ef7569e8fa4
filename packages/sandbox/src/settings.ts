/** The settings that you can change while the sandbox runs. All durations are in seconds unless the name says otherwise. */
export interface Settings {
  /** How long a device code can be approved and exchanged. */
  deviceCodeLifetime: number;
  accessTokenLifetime: number;
  refreshTokenLifetime: number;
  /** The `interval` that a device authorization names. */
  pollingInterval: number;
  /** Requests a minute for one user or organization. */
  userRateLimit: number;
  /** Requests a minute for one address. */
  addressRateLimit: number;
  /** Count requests from loopback addresses too; the real servers exempt them. */
  limitLoopback: boolean;
  /** New accounts have to confirm their address before they can do more than make keys. */
  confirmEmails: boolean;
  /** Milliseconds that every answer outside `/sandbox/` is held back. */
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
 * @throws TypeError naming the first setting that does not exist or has the wrong type
 */
export function checkSettings(change: Readonly<Record<string, unknown>>): Partial<Settings> {
  for (const [name, value] of Object.entries(change)) {
    if (!(name in defaultSettings)) {
      throw new TypeError(`unknown setting ${JSON.stringify(name)}`);
    }
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
