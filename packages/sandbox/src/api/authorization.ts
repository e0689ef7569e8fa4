import type { Permission } from "../store/keys.ts";
import type { Role } from "../store/organizations.ts";
import {
  findOrganization,
  type Organization,
  organizationsOf,
  ownsPackage,
  roles,
} from "../store/organizations.ts";
import { checkCode } from "../store/two-factor.ts";
import type { User } from "../store/users.ts";
import { type ApiContext, type Identity, knownDefect, notFound, refusal, unauthorized } from "./answer.ts";

/** The permission that a request needs, and whether an unconfirmed address is enough. */
export interface Demand {
  readonly domain: string;
  readonly resource?: string | null;
  readonly allowUnconfirmed?: boolean;
}

/**
 * Returns the sender of a request if it has the permission. A write with an OAuth token also needs a two-factor code.
 * @throws Refusal (401, 403, 429) otherwise
 */
export function authorize(c: ApiContext, demand: Demand): Identity {
  const identity = c.var.identity;
  if (identity === undefined) throw unauthorized("missing authentication information");
  if (identity.user?.email_verified === 0 && !demand.allowUnconfirmed)
    throw refusal(403, "email not verified");
  const { readKeyPassesApi } = c.var.registry.behavior;
  if (identity.permissions !== "everything" && !permits(identity.permissions, demand, readKeyPassesApi))
    throw unauthorized("key not authorized for this action");
  const writes = demand.domain === "api" && demand.resource === "write" && c.req.method !== "GET";
  if (identity.token && identity.user && writes) requireCode(c, identity.user);
  return identity;
}

function permits(permissions: readonly Permission[], demand: Demand, readKeyPassesApi: boolean): boolean {
  const resource = demand.resource ?? null;
  return permissions.some((permission) => {
    switch (demand.domain) {
      case "api": {
        const readable = resource === "read" || (resource === null && readKeyPassesApi);
        const writable = permission.resource === "write" && [null, "read", "write"].includes(resource);
        const granted =
          permission.resource === null || writable || (permission.resource === "read" && readable);
        return permission.domain === "api" && granted;
      }
      case "repository":
        return (
          permission.domain === "repositories" ||
          (permission.domain === "repository" && permission.resource === resource)
        );
      default:
        return permission.domain === demand.domain && permission.resource === resource;
    }
  });
}

function requireCode(c: ApiContext, user: User): void {
  if (user.totp_secret === null)
    throw refusal(403, "Two-factor authentication must be enabled for API write access");
  const code = c.req.header("x-hex-otp");
  if (code === undefined) {
    throw refusal(401, "Two-factor authentication required. Include X-Hex-OTP header with your TOTP code.", {
      "www-authenticate": 'Bearer realm="hex", error="totp_required"',
    });
  }
  const check = checkCode(c.var.registry, user, code);
  if (check === "too many")
    throw refusal(429, "Too many failed two-factor authentication attempts. Please try again later.");
  if (check === "wrong") {
    throw refusal(401, "Invalid two-factor authentication code", {
      "www-authenticate": 'Bearer realm="hex", error="invalid_totp"',
    });
  }
}

/** The role that someone has in an organization; the organization itself may do everything. */
function roleIn(c: ApiContext, identity: Identity, organization: Organization): Role | undefined {
  if (identity.organization) return identity.organization.id === organization.id ? "admin" : undefined;
  const memberships = organizationsOf(c.var.registry, identity.user?.id ?? 0);
  return memberships.find(({ id }) => id === organization.id)?.role;
}

/**
 * Finds the organization with that name if the sender has at least a certain role in it.
 * @throws Refusal (403 or 404, by the kind of registry) if the user is not a member
 */
export function requireMembership(
  c: ApiContext,
  identity: Identity,
  name: string,
  least: Role,
): Organization {
  const organization = findOrganization(c.var.registry, name);
  const role = organization && roleIn(c, identity, organization);
  if (organization === undefined || role === undefined)
    throw c.var.registry.behavior.hidesOrganizations ? notFound() : accountRefused();
  if (roles.indexOf(role) < roles.indexOf(least)) throw accountRefused();
  return organization;
}

/**
 * Answers `GET /auth`: do these credentials allow access to a domain and a resource?
 * @throws Refusal if they don't
 */
export function checkAccess(c: ApiContext, domain: string, resource: string | null): Identity {
  const { authFailsOnUnknown } = c.var.registry.behavior;
  const known = ["api", "repository", "repositories", "docs"].includes(domain);
  if (c.var.identity && authFailsOnUnknown && !(known && c.var.identity.key)) throw knownDefect();
  if (c.var.identity && !c.var.identity.key && !c.var.identity.token)
    throw unauthorized("key not authorized for this action");
  if (domain === "package" && c.var.identity?.token) throw knownDefect();
  const identity = authorize(c, { domain, resource });
  if ((domain === "repository" || domain === "docs") && resource !== null) {
    const organization = findOrganization(c.var.registry, resource);
    if (organization === undefined || roleIn(c, identity, organization) === undefined) throw accountRefused();
    if (!organization.billing_active) throw refusal(403, "organization has no active billing subscription");
  }
  if (domain === "package" && !ownsPackage(c.var.registry, identity.user?.id ?? 0, resource ?? ""))
    throw accountRefused();
  return identity;
}

function accountRefused() {
  return refusal(403, "account not authorized for this action");
}
