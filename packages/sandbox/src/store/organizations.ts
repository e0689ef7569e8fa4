import type { Owner, Registry } from "../registry.ts";
import type { User } from "./users.ts";

/** The roles of an organization's members, from the fewest to the most rights. */
export const roles = ["read", "write", "admin"] as const;

/** The role of a member. */
export type Role = (typeof roles)[number];

/** A row of the organizations' table. */
export interface Organization {
  readonly id: number;
  readonly name: string;
  readonly billing_active: number;
  readonly inserted_at: number;
  readonly updated_at: number;
}

/** An organization as one of its members sees it. */
export type Membership = Organization & { readonly role: Role };

/** Makes an organization with a paid subscription and no members. */
export function addOrganization(registry: Registry, name: string): Organization {
  const now = registry.clock.now();
  registry.database.run(
    "insert into organizations (name, billing_active, inserted_at, updated_at) values (?, 1, ?, ?)",
    name,
    now,
    now,
  );
  return findOrganization(registry, name) as Organization;
}

/** Finds an organization by its name. */
export function findOrganization(registry: Registry, name: string): Organization | undefined {
  return registry.database.one<Organization>("select * from organizations where name = ?", name);
}

/** Finds an organization by its number. */
export function organizationById(registry: Registry, id: number): Organization | undefined {
  return registry.database.one<Organization>("select * from organizations where id = ?", id);
}

/** Sets whether an organization's subscription is paid. */
export function setBilling(registry: Registry, organization: Organization, active: boolean): void {
  registry.database.run(
    "update organizations set billing_active = ?, updated_at = ? where id = ?",
    active ? 1 : 0,
    registry.clock.now(),
    organization.id,
  );
}

/** Makes a user a member, or gives a member another role. */
export function setMember(registry: Registry, organization: Organization, user: User, role: Role): void {
  registry.database.run(
    "insert or replace into members (organization_id, user_id, role) values (?, ?, ?)",
    organization.id,
    user.id,
    role,
  );
}

/** Takes a user out of an organization. */
export function removeMember(registry: Registry, organization: Organization, user: User): void {
  registry.database.run(
    "delete from members where organization_id = ? and user_id = ?",
    organization.id,
    user.id,
  );
}

/** The organizations of a user with the role in each, by name. */
export function organizationsOf(registry: Registry, userId: number): Membership[] {
  return registry.database.all<Membership>(
    `select organizations.*, members.role from organizations
     join members on members.organization_id = organizations.id where members.user_id = ? order by name`,
    userId,
  );
}

/** The members of an organization with their roles, by name. */
export function membersOf(registry: Registry, organization: Organization): (User & { role: Role })[] {
  return registry.database.all<User & { role: Role }>(
    `select users.*, members.role from users join members on members.user_id = users.id
     where members.organization_id = ? order by username`,
    organization.id,
  );
}

/** Puts a package into a repository (`hexpm`, or an organization's name), owned by a user. */
export function addPackage(registry: Registry, repository: string, name: string, owner: User): void {
  registry.database.run(
    "insert or replace into packages (repository, name, owner_id) values (?, ?, ?)",
    repository,
    name,
    owner.id,
  );
}

/** The packages of a user, with those in `hexpm` first. */
export function packagesOf(registry: Registry, userId: number): { repository: string; name: string }[] {
  return registry.database.all(
    "select repository, name from packages where owner_id = ? order by repository <> 'hexpm', repository, name",
    userId,
  );
}

/** Tells whether a user owns the package written as `REPOSITORY/NAME`. */
export function ownsPackage(registry: Registry, userId: number, fullName: string): boolean {
  return (
    registry.database.one(
      "select 1 from packages where repository || '/' || name = ? and owner_id = ?",
      fullName,
      userId,
    ) !== undefined
  );
}

/** The names of the repositories of the organizations to which an owner belongs. */
export function repositoriesOf(registry: Registry, owner: Owner): string[] {
  const organizations =
    owner.userId !== null
      ? organizationsOf(registry, owner.userId)
      : [organizationById(registry, owner.organizationId ?? 0)];
  return organizations.flatMap((organization) => organization?.name ?? []);
}
