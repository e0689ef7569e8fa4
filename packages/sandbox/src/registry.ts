import type { Generation } from "./generation.ts";
import type { Settings } from "./settings.ts";
import type { Database } from "./store/database.ts";

/** The time of the sandbox, which can run ahead of or behind the machine's. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that this clock is ahead of its source. */
  offset: number;
}

/** The state of one sandbox, handed to everything that reads or changes it. */
export interface Registry {
  readonly generation: Generation;
  readonly database: Database;
  readonly clock: Clock;
  readonly settings: Settings;
  /** The address of the site, without a slash at the end; known once the server listens. */
  siteUrl: string;
}

/** The data of a change for the audit log. */
export interface Origin {
  readonly userAgent: string | null;
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

/** Milliseconds since 1970 as the registry writes a time: ISO 8601 in UTC with microseconds. */
export function formatTime(time: number): string {
  return new Date(time).toISOString().replace("Z", "000Z");
}
