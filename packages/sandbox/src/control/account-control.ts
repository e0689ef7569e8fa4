import type { Owner, Registry } from "../registry.ts";
import { addKey, endKeys, liveKeys, type Permission } from "../store/keys.ts";
import {
  addOrganization,
  addPackage,
  findOrganization,
  membersOf,
  type Organization,
  type Role,
  removeMember,
  roles,
  setBilling,
  setMember,
} from "../store/organizations.ts";
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

/** An organization as the control API shows it. */
interface ControlledOrganization {
  readonly name: string;
  readonly billingActive: boolean;
  readonly members: readonly { readonly username: string; readonly role: Role }[];
}

/** Operations on accounts, their keys, and organizations. */
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
  /** Creates an organization; `owner` becomes its admin. */
  createOrganization(wanted: { name: string; owner?: string }): { name: string };
  organization(name: string): ControlledOrganization;
  changeOrganization(name: string, change: { billingActive?: boolean }): { name: string };
  /** Makes a user a member, or changes the role: `read` (default), `write` or `admin`. */
  setMember(organization: string, username: string, role?: Role): { username: string; role: Role };
  removeMember(organization: string, username: string): void;
  /** Creates a package without releases that a user owns, in `hexpm` or an organization's repository. */
  createPackage(wanted: { name: string; repository?: string; owner: string }): { name: string };
}

const origin = { userAgent: "sandbox control" };

/** Finds the account with that name or address. @throws ControlError (404) if there is no such account */
export function requireUser(registry: Registry, username: string): User {
  const user = findUser(registry, username);
  if (user === undefined) throw new ControlError(404, `unknown user ${JSON.stringify(username)}`);
  return user;
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
      const owner: Owner =
        organization === undefined
          ? { userId: requireUser(registry, username ?? "").id, organizationId: null }
          : { userId: null, organizationId: requireOrganization(registry, organization).id };
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
    createOrganization: ({ name, owner }) => {
      if (findOrganization(registry, name) !== undefined)
        throw new ControlError(409, `the organization ${JSON.stringify(name)} already exists`);
      const admin = owner === undefined ? undefined : requireUser(registry, owner);
      const organization = addOrganization(registry, name);
      if (admin) setMember(registry, organization, admin, "admin");
      return { name };
    },
    organization: (name) => {
      const organization = requireOrganization(registry, name);
      return {
        name,
        billingActive: organization.billing_active === 1,
        members: membersOf(registry, organization).map(({ username, role }) => ({ username, role })),
      };
    },
    changeOrganization: (name, { billingActive }) => {
      const organization = requireOrganization(registry, name);
      if (billingActive !== undefined) setBilling(registry, organization, billingActive);
      return { name };
    },
    setMember: (name, username, role = "read") => {
      if (!roles.includes(role)) throw new ControlError(422, `the role must be one of ${roles.join(", ")}`);
      setMember(registry, requireOrganization(registry, name), requireUser(registry, username), role);
      return { username, role };
    },
    removeMember: (name, username) =>
      removeMember(registry, requireOrganization(registry, name), requireUser(registry, username)),
    createPackage: ({ name, repository = "hexpm", owner }) => {
      addPackage(registry, repository, name, requireUser(registry, owner));
      return { name };
    },
  };
}

function requireOrganization(registry: Registry, name: string): Organization {
  const organization = findOrganization(registry, name);
  if (organization === undefined) throw new ControlError(404, `unknown organization ${JSON.stringify(name)}`);
  return organization;
}
