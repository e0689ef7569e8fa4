import type { Owner, Permission } from "../store/keys.ts";
import { organizationById, organizationsOf, ownsPackage } from "../store/organizations.ts";
import { type ApiContext, knownDefect } from "./answer.ts";
import { isEmpty, isRecord } from "./request-body.ts";

/**
 * Checks the permissions of a new key. No permissions mean the whole API.
 * @returns the permissions, or the mistake in the server's words
 * @throws Refusal (500) where the generation breaks
 */
export function checkPermissions(
  c: ApiContext,
  owner: Owner,
  wanted: unknown,
): { permissions: Permission[] } | { errors: unknown } {
  // The servers take an object for a list too: its fields are the members.
  const members = isRecord(wanted) ? Object.values(wanted) : wanted;
  if (members === undefined || (Array.isArray(members) && members.length === 0)) {
    return { permissions: [{ domain: "api", resource: null }] };
  }
  if (Array.isArray(members) && members.some(Array.isArray)) {
    throw knownDefect();
  }
  if (!Array.isArray(members) || !members.every(isRecord)) {
    return { errors: "expected type list(map)" };
  }
  const results = members.map((permission) => checkPermission(c, owner, permission));
  const errors = Object.assign({}, ...results.map((result) => result.errors));
  return Object.keys(errors).length > 0
    ? { errors }
    : { permissions: results.map((result) => result.permission) };
}

function checkPermission(
  c: ApiContext,
  owner: Owner,
  wanted: Record<string, unknown>,
): { permission: Permission; errors: Record<string, string> } {
  const { packagePermissions } = c.var.registry.generation;
  const [domain, resource] = [wanted.domain, wanted.resource].map((value) => (isEmpty(value) ? null : value));
  const domains = [
    "api",
    "repository",
    "repositories",
    ...(packagePermissions ? ["package", "docs"] : ["docs"]),
  ];
  const errors: Record<string, string> = {};
  for (const [name, value] of Object.entries({ domain, resource })) {
    if (value !== null && typeof value !== "string") {
      errors[name] = "expected type string";
    }
  }
  if (typeof domain === "string" && !domains.includes(domain)) {
    errors.domain = "is invalid";
  }
  const permission = {
    domain: typeof domain === "string" ? domain : null,
    resource: typeof resource === "string" ? fullResource(domain, resource) : null,
  };
  if (permission.domain !== null && permission.resource !== null) {
    const error = resourceError(c, owner, permission.domain, permission.resource);
    Object.assign(errors, error && { resource: error });
  }
  return { permission, errors };
}

function fullResource(domain: unknown, resource: string): string {
  return domain === "package" && !resource.includes("/") ? `hexpm/${resource}` : resource;
}

function resourceError(c: ApiContext, owner: Owner, domain: string, resource: string): string | undefined {
  const { packagePermissions, foreignRepositoryKeyFails } = c.var.registry.generation;
  if (domain === "api") {
    return ["read", "write"].includes(resource) ? undefined : "invalid resource for given domain";
  }
  if (packagePermissions && domain === "package") {
    return ownsPackage(c.var.registry, owner.userId ?? 0, resource)
      ? undefined
      : "you do not have access to this package";
  }
  if (packagePermissions && !["repository", "docs"].includes(domain)) {
    return "invalid resource for given domain";
  }
  if (repositoriesOf(c, owner).includes(resource)) {
    return undefined;
  }
  if (owner.organizationId !== null && foreignRepositoryKeyFails) {
    throw knownDefect();
  }
  return "you do not have access to this repository";
}

/** The repositories of the organizations that an owner is in, or is. */
export function repositoriesOf(c: ApiContext, owner: Owner): string[] {
  const organizations =
    owner.userId !== null
      ? organizationsOf(c.var.registry, owner.userId)
      : [organizationById(c.var.registry, owner.organizationId ?? 0)];
  return organizations.flatMap((organization) => organization?.name ?? []);
}
