import type { Registry } from "../registry.ts";
import { audit, describeOrganization, describeUser } from "../store/audit-log.ts";
import {
  addOrganization,
  findOrganization,
  membersOf,
  type Role,
  removeMember,
  roles,
  setBilling,
  setMember,
} from "../store/organizations.ts";
import { ControlError, origin, requireOrganization, requireUser } from "./account-control.ts";

/** A member with the role: `read`, `write` or `admin`. */
interface ControlledMember {
  readonly username: string;
  readonly role: Role;
}

/** An organization as the control API shows it. */
interface ControlledOrganization {
  readonly name: string;
  readonly billingActive: boolean;
  readonly members: readonly ControlledMember[];
}

/** Operations on organizations and their members. Each change is in the organization's audit log. */
export interface OrganizationControl {
  /** Creates an organization; `owner` becomes its admin, and a member without a role gets `read`. */
  createOrganization(wanted: {
    name: string;
    owner?: string;
    members?: readonly (Pick<ControlledMember, "username"> & Partial<ControlledMember>)[];
  }): { name: string };
  organization(name: string): ControlledOrganization;
  changeOrganization(name: string, change: { billingActive?: boolean }): { name: string };
  /** Makes a user a member, or changes the role: `read` (default), `write` or `admin`. */
  setMember(organization: string, username: string, role?: Role): ControlledMember;
  removeMember(organization: string, username: string): void;
}

/** Makes the operations on organizations. */
export function createOrganizationControl(registry: Registry): OrganizationControl {
  const note = (name: string, username: string, action: string, params = {}) => {
    const organization = requireOrganization(registry, name);
    const user = describeUser(requireUser(registry, username));
    const all = { organization: describeOrganization(organization), user, ...params };
    audit(registry, { organizationId: organization.id }, origin, action, all);
  };
  const addMember = (name: string, username: string, role: Role = "read") => {
    if (!roles.includes(role)) throw new ControlError(422, `the role must be one of ${roles.join(", ")}`);
    const organization = requireOrganization(registry, name);
    const user = requireUser(registry, username);
    const isMember = membersOf(registry, organization).some((member) => member.id === user.id);
    setMember(registry, organization, user, role);
    if (isMember) note(name, username, "organization.member.role", { role });
    else note(name, username, "organization.member.add");
    return { username, role };
  };
  return {
    createOrganization: ({ name, owner, members = [] }) => {
      if (findOrganization(registry, name) !== undefined)
        throw new ControlError(409, `the organization ${JSON.stringify(name)} already exists`);
      const admin = owner === undefined ? undefined : requireUser(registry, owner);
      for (const { username } of members) requireUser(registry, username);
      const organization = addOrganization(registry, name);
      const actor = { ...origin, userId: admin?.id };
      const params = describeOrganization(organization);
      audit(registry, { organizationId: organization.id }, actor, "organization.create", params);
      if (admin) setMember(registry, organization, admin, "admin");
      for (const { username, role } of members) addMember(name, username, role);
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
    setMember: addMember,
    removeMember: (name, username) => {
      removeMember(registry, requireOrganization(registry, name), requireUser(registry, username));
      note(name, username, "organization.member.remove");
    },
  };
}
