import type { Registry } from "../registry.ts";
import {
  approveDevice,
  type DecisionProblem,
  type DeviceCode,
  denyDevice,
  deviceByUserCode,
  deviceExpired,
  expandScope,
  expireDevice,
} from "../store/device-codes.ts";
import { issueTokens, openSession } from "../store/sessions.ts";
import { ControlError, requireUser } from "./account-control.ts";

/** A device authorization as the control API shows it. */
interface ControlledDevice {
  readonly userCode: string;
  readonly status: "pending" | "authorized" | "denied" | "expired";
  /** The scope in the program's request. */
  readonly scope: string;
  readonly name: string | null;
}

/** The tokens of a session that a test has opened. */
interface OpenedSession {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly scope: string;
}

/** Operations on device codes and OAuth sessions. */
export interface OauthControl {
  device(userCode: string): ControlledDevice;
  /** Approves a device for a user. By default, it gets all scopes that it asked for. */
  approveDevice(userCode: string, as: { username: string; scopes?: readonly string[] }): ControlledDevice;
  denyDevice(userCode: string): ControlledDevice;
  expireDevice(userCode: string): ControlledDevice;
  /** Opens an OAuth session for a user. Lifetimes are in seconds; with 0, a token has expired already. */
  openSession(wanted: {
    username: string;
    scope?: string;
    clientId?: string;
    name?: string;
    accessTokenLifetime?: number;
    refreshTokenLifetime?: number;
  }): OpenedSession;
}

const hexClient = "78ea6566-89fd-481e-a1d6-7d9d78eacca8";

const problems: Readonly<Record<DecisionProblem, string>> = {
  unknown: "unknown user code",
  expired: "the device code has expired",
  decided: "the device code has already been approved or denied",
  scope: "choose at least one of the scopes that the device asked for, and no others",
};

/** Makes the operations on device codes and sessions. */
export function createOauthControl(registry: Registry): OauthControl {
  const requireDevice = (userCode: string): DeviceCode => {
    const device = deviceByUserCode(registry, userCode);
    if (device === undefined) throw new ControlError(404, problems.unknown);
    return device;
  };
  const showDevice = (userCode: string): ControlledDevice => {
    const device = requireDevice(userCode);
    const status = deviceExpired(registry, device) ? "expired" : device.status;
    return { userCode: device.user_code, status, scope: device.scope, name: device.name };
  };
  return {
    device: showDevice,
    approveDevice: (userCode, { username, scopes }) => {
      const device = requireDevice(userCode);
      const user = requireUser(registry, username);
      if (!user.active || !user.email_verified) {
        const reason = user.active ? "the address is not confirmed" : "the account is deactivated";
        throw new ControlError(409, `the site refuses to sign in ${user.username}: ${reason}`);
      }
      const granted = scopes ?? expandScope(registry, user, device.scope);
      const problem = approveDevice(registry, device, user, granted);
      if (problem !== undefined) throw new ControlError(problem === "scope" ? 422 : 409, problems[problem]);
      return showDevice(userCode);
    },
    denyDevice: (userCode) => {
      denyDevice(registry, requireDevice(userCode));
      return showDevice(userCode);
    },
    expireDevice: (userCode) => {
      expireDevice(registry, requireDevice(userCode));
      return showDevice(userCode);
    },
    openSession: ({ username, scope = "api repositories", clientId = hexClient, name, ...lifetimes }) => {
      const user = requireUser(registry, username);
      const owner = { userId: user.id, organizationId: null };
      const session = openSession(registry, owner, { type: "oauth", clientId, name: name ?? null });
      const granted = expandScope(registry, user, scope).join(" ");
      const { accessToken, refreshToken } = issueTokens(registry, session, `user:${user.username}`, granted, {
        access: lifetimes.accessTokenLifetime ?? registry.settings.accessTokenLifetime,
        refresh: lifetimes.refreshTokenLifetime ?? registry.settings.refreshTokenLifetime,
      });
      return { accessToken, refreshToken: refreshToken ?? "", scope: granted };
    },
  };
}
