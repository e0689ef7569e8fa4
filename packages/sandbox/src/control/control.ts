import type { Registry } from "../registry.ts";
import { formatTime } from "../registry.ts";
import { checkSettings, type Settings } from "../settings.ts";
import { clearMail } from "../store/mail.ts";
import { type AccountControl, ControlError, createAccountControl } from "./account-control.ts";
import type { Fault, FaultList } from "./faults.ts";
import { createOauthControl, type OauthControl } from "./oauth-control.ts";
import type { RequestLog, RequestReport } from "./request-log.ts";

/** The functions with which tests control a sandbox from outside the tested API. */
export interface Control extends AccountControl, OauthControl {
  /** The sandbox's time (ISO 8601), and how many seconds it is ahead of its source. */
  clock(): { now: string; offset: number };
  /** Moves the clock by so many seconds, backward when negative; or sets the offset. */
  moveClock(change: { advance?: number; offset?: number }): { now: string; offset: number };
  settings(): Settings;
  /** Changes some of the settings, from now on. */
  changeSettings(change: Partial<Settings>): Settings;
  addFault(fault: Fault): readonly Fault[];
  faults(): readonly Fault[];
  clearFaults(): void;
  requests(): RequestReport;
  clearRequests(): void;
  clearOutbox(): void;
  /** Back to the beginning: no accounts, no mail, no faults, no log, the clock and the settings as at the start. */
  reset(): void;
}

/** Makes the control operations of one sandbox. */
export function createControl(
  registry: Registry,
  parts: { faults: FaultList; log: RequestLog; clearCounts(): void },
): Control {
  const { faults, log } = parts;
  const { clock, settings } = registry;
  const start = { settings: { ...settings }, offset: clock.offset };
  const readClock = () => ({ now: formatTime(clock.now()), offset: clock.offset / 1000 });
  return {
    ...createAccountControl(registry),
    ...createOauthControl(registry),
    clock: readClock,
    moveClock: ({ advance, offset }) => {
      for (const seconds of [advance, offset]) {
        if (seconds !== undefined && !Number.isFinite(seconds)) {
          throw new ControlError(422, "give a number of seconds");
        }
      }
      clock.offset = (offset === undefined ? clock.offset : offset * 1000) + (advance ?? 0) * 1000;
      return readClock();
    },
    settings: () => ({ ...settings }),
    changeSettings: (change) => ({
      ...Object.assign(settings, checkSettings(change as Record<string, unknown>)),
    }),
    addFault: (fault) => {
      faults.add(fault);
      return faults.all();
    },
    faults: () => faults.all(),
    clearFaults: () => faults.clear(),
    requests: () => log.report(),
    clearRequests: () => log.clear(),
    clearOutbox: () => clearMail(registry),
    reset: () => {
      registry.database.clear();
      Object.assign(settings, start.settings);
      clock.offset = start.offset;
      faults.clear();
      log.clear();
      parts.clearCounts();
    },
  };
}
