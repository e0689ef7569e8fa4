import type { Owner, Registry } from "../registry.ts";
import { audit } from "../store/audit-log.ts";
import { addKey, endKeys, liveKeys, type Permission } from "../store/keys.ts";
import { addPackage, findOrganization, type Organization } from "../store/organizations.ts";
import { currentCode, newTotpSecret, setTwoFactor } from "../store/two-factor.ts";
import { addUser, findUser, setActive, setConfirmed, setPassword, type User } from "../store/users.ts";

/** A request to the control API that can't be fulfilled. */
export class ControlError extends Error {
  readonly status: 404 | 409 | 422;

  constructor(status: ControlError["status"], message: string) {
    super(message);
    this.status = status;
  }
}

/** An account as the control API shows it, with all that a test needs to sign in. */
interface ControlledUser {
  readonly username: string;
  readonly email: string;
  readonly confirmed: boolean;
  readonly active: boolean;
  /** In Base32; null while two-factor authentication is off. */
  readonly totpSecret: string | null;
}

/** The changeable parts of an account. */
interface UserChange {
  readonly password?: string;
  readonly confirmed?: boolean;
  readonly active?: boolean;
  /** `true` also makes a new secret. */
  readonly twoFactor?: boolean;
}

/** Operations on accounts, their keys, packages and audit logs. */
export interface AccountControl {
  /** Creates an account. By default, it is confirmed and active, and its password is `hunter42x`. */
  createUser(
    wanted: UserChange & { username: string; email?: string; fullName?: string },
  ): Promise<ControlledUser & { password: string }>;
  user(username: string): ControlledUser;
  changeUser(username: string, change: UserChange): Promise<ControlledUser>;
  /** The code that the account's authenticator shows now, or will show after `step` periods of 30 seconds. */
  totpCode(username: string, step?: number): { code: string };
  /** Creates a key for a user or an organization. With `revoked`, the key has ended already. */
  createKey(wanted: {
    username?: string;
    organization?: string;
    name: string;
    permissions?: readonly { domain: string; resource?: string | null }[];
    /** Milliseconds since the UNIX epoch; without it, the key doesn't expire. */
    endsAt?: number;
    revoked?: boolean;
  }): { name: string; secret: string };
  /** Creates a package without releases that a user owns, in `hexpm` or an organization's repository. */
  createPackage(wanted: { name: string; repository?: string; owner: string }): { name: string };
  /** Writes entries (1 by default) into the audit log of a user or an organization. */
  createAuditEntries(wanted: {
    username?: string;
    organization?: string;
    action: string;
    params?: Readonly<Record<string, unknown>>;
    count?: number;
  }): { count: number };
}

/** The origin of what the control API does. */
export const origin = { userAgent: "sandbox control" };

/** Finds the account with that name or address. @throws ControlError (404) if there is no such account */
export function requireUser(registry: Registry, username: string): User {
  const user = findUser(registry, username);
  if (user === undefined) throw new ControlError(404, `unknown user ${JSON.stringify(username)}`);
  return user;
}

/** Finds the organization with that name. @throws ControlError (404) if there is no such organization */
export function requireOrganization(registry: Registry, name: string): Organization {
  const organization = findOrganization(registry, name);
  if (organization === undefined) throw new ControlError(404, `unknown organization ${JSON.stringify(name)}`);
  return organization;
}

function requireOwner(
  registry: Registry,
  { username = "", organization }: { username?: string | undefined; organization?: string | undefined },
): Owner {
  return organization === undefined
    ? { userId: requireUser(registry, username).id, organizationId: null }
    : { userId: null, organizationId: requireOrganization(registry, organization).id };
}

/** Makes the operations on accounts. */
export function createAccountControl(registry: Registry): AccountControl {
  const showUser = (username: string): ControlledUser => {
    const user = requireUser(registry, username);
    return {
      username: user.username,
      email: user.email,
      confirmed: user.email_verified === 1,
      active: user.active === 1,
      totpSecret: user.totp_secret,
    };
  };
  const changeUser = async (username: string, change: UserChange) => {
    const user = requireUser(registry, username);
    if (change.password !== undefined) {
      await setPassword(registry, user.id, change.password);
    }
    if (change.confirmed !== undefined) setConfirmed(registry, user.id, change.confirmed);
    if (change.active !== undefined) setActive(registry, user.id, change.active);
    if (change.twoFactor !== undefined)
      setTwoFactor(registry, user, change.twoFactor ? newTotpSecret() : null, origin);
    return showUser(username);
  };
  return {
    createUser: async ({ username, email, fullName, password = "hunter42x", confirmed = true, ...rest }) => {
      if (!/^[a-z0-9_.-]{1,}$/.test(username ?? ""))
        throw new ControlError(422, "a username may contain only a-z, 0-9, _, . and -");
      if (findUser(registry, username) !== undefined)
        throw new ControlError(409, `the user ${JSON.stringify(username)} already exists`);
      const address = email ?? `${username}@example.com`;
      await addUser(
        registry,
        { username, fullName: fullName ?? null, email: address, password, confirmed },
        origin,
      );
      return { ...(await changeUser(username, rest)), password };
    },
    user: showUser,
    changeUser,
    totpCode: (username, step = 0) => {
      const user = requireUser(registry, username);
      if (user.totp_secret === null)
        throw new ControlError(409, `${user.username} has no two-factor authentication`);
      return { code: currentCode(registry, user, user.totp_secret, step) };
    },
    createKey: ({ username, organization, name, permissions, endsAt = null, revoked = false }) => {
      const owner = requireOwner(registry, { username, organization });
      const granted: Permission[] = (permissions ?? [{ domain: "api" }]).map(
        ({ domain, resource = null }) => ({
          domain,
          resource,
        }),
      );
      const { key, secret } = addKey(registry, owner, { name, permissions: granted, endsAt }, origin);
      if (revoked) {
        const made = liveKeys(registry, owner).filter(({ id }) => id === key.id);
        endKeys(registry, owner, made, origin);
      }
      return { name: key.name, secret };
    },
    createPackage: ({ name, repository = "hexpm", owner }) => {
      addPackage(registry, repository, name, requireUser(registry, owner));
      return { name };
    },
    createAuditEntries: ({ username, organization, action, params = {}, count = 1 }) => {
      const owner = requireOwner(registry, { username, organization });
      for (let done = 0; done < count; done += 1) audit(registry, owner, origin, action, params);
      return { count };
    },
  };
}
