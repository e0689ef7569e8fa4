import { Hono } from "hono";
import { formatTime, type Owner } from "../registry.ts";
import {
  addKey,
  endKeys,
  type Key,
  keyById,
  keyNearNumber,
  liveKeys,
  type Permission,
} from "../store/keys.ts";
import { ownsPackage, repositoriesOf } from "../store/organizations.ts";
import {
  type ApiContext,
  type ApiEnv,
  invalid,
  knownDefect,
  notFound,
  sendCached,
  sendCreated,
  sendJson,
  sendTagged,
} from "./answer.ts";
import { authorize, requireMembership } from "./authorization.ts";
import { isEmpty, isRecord, pathParameter, requestOrigin, requireStorable } from "./request.ts";
import { checkField } from "./user-routes.ts";

/** `/keys` and `/orgs/:organization/keys`: the keys of the user, and those of an organization. */
export function keyRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  for (const base of ["/keys", "/orgs/:organization/keys"]) {
    routes.get(base, (c) => {
      const owner = keyOwner(c, "read");
      const keys = liveKeys(c.var.registry, owner);
      keys.sort(
        c.var.registry.behavior.sortsKeys
          ? (one, other) => (one.name < other.name ? -1 : 1)
          : (one, other) => one.updatedAt - other.updatedAt || one.id - other.id,
      );
      return sendCached(
        c,
        200,
        keys.map((key) => showKey(c, key)),
      );
    });
    routes.post(base, createKey);
    routes.delete(base, deleteKeys);
    routes.get(`${base}/:name`, (c) => {
      const key = namedKey(c, keyOwner(c, "read"));
      return sendTagged(c, showKey(c, key), key, key.updatedAt);
    });
    routes.delete(`${base}/:name`, (c) => {
      const owner = keyOwner(c, "write");
      const [ended] = endKeys(c.var.registry, owner, [namedKey(c, owner)], requestOrigin(c));
      return sendCached(c, 200, showKey(c, ended as Key));
    });
  }
  return routes;
}

function keyOwner(c: ApiContext, access: "read" | "write", allowUnconfirmed = false): Owner {
  const identity = authorize(c, { domain: "api", resource: access, allowUnconfirmed });
  if (c.req.param("organization") !== undefined) {
    const organization = requireMembership(c, identity, pathParameter(c, "organization"), access);
    return { userId: null, organizationId: organization.id };
  }
  if (identity.user === undefined) throw notFound();
  return { userId: identity.user.id, organizationId: null };
}

function namedKey(c: ApiContext, owner: Owner): Key {
  const name = pathParameter(c, "name");
  const key = liveKeys(c.var.registry, owner).find((candidate) => candidate.name === name);
  if (key === undefined) throw notFound();
  return key;
}

function createKey(c: ApiContext): Response {
  const { registry, fields } = c.var;
  const owner = keyOwner(c, "write", true);
  const checked = checkPermissions(c, owner, fields.permissions);
  const end = registry.behavior.keyEnd === "revoke_at" ? checkEnd(c, fields.revoke_at) : { endsAt: null };
  const errors = {
    ...checkField("name", fields.name, () => undefined),
    ...("errors" in checked && { permissions: checked.errors }),
    ...("error" in end && { revoke_at: end.error }),
  };
  if (Object.keys(errors).length > 0 || "errors" in checked || "error" in end) throw invalid(errors);
  requireStorable(c, String(fields.name));
  const wanted = { name: String(fields.name), permissions: checked.permissions, endsAt: end.endsAt };
  const { key, secret } = addKey(registry, owner, wanted, requestOrigin(c));
  const named = registry.behavior.absoluteLocation ? wanted.name : key.name;
  return sendCreated(c, { ...showKey(c, key), secret }, `/api/keys/${encodeURIComponent(named)}`);
}

function checkEnd(c: ApiContext, value: unknown): { endsAt: number | null } | { error: string } {
  if (isEmpty(value)) return { endsAt: null };
  const endsAt = typeof value === "string" ? readTime(value) : undefined;
  if (endsAt === undefined) return { error: "expected type utc_datetime_usec" };
  return endsAt > c.var.registry.clock.now() ? { endsAt } : { error: "must be in the future" };
}

/** Reads a time as the servers do: the day must exist, and UTC is the default zone. Returns milliseconds since 1970. */
function readTime(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?$/.exec(text);
  const [, day, time, zone = "Z"] = match ?? [];
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const exists = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(`${day}T`);
  const moment = Date.parse(`${day}T${time}${zone}`);
  return exists && !Number.isNaN(moment) ? moment : undefined;
}

function deleteKeys(c: ApiContext): Response {
  const { registry, identity } = c.var;
  const owner = keyOwner(c, "write");
  endKeys(registry, owner, liveKeys(registry, owner), requestOrigin(c));
  // The servers describe the key with the number of the credentials, even if the credentials aren't a key:
  // under OAuth they find someone's key that happens to have the token's number; under Basic they find no key.
  const described = identity?.key
    ? keyById(registry, identity.key.id)
    : identity?.token && keyNearNumber(registry, identity.token.id);
  if (described === undefined) throw knownDefect();
  return sendJson(c, 200, { ...showKey(c, described), authing_key: true });
}

function showKey(c: ApiContext, key: Key): Record<string, unknown> {
  const { siteUrl, behavior } = c.var.registry;
  return {
    name: key.name,
    permissions: key.permissions,
    secret: null,
    authing_key: key.id === c.var.identity?.key?.id,
    [behavior.keyEnd]: key.endsAt === null ? null : formatTime(key.endsAt),
    ...(key.lastUse && { last_use: key.lastUse }),
    url: `${siteUrl}/api/keys/${encodeURIComponent(key.name)}`,
    inserted_at: formatTime(key.insertedAt),
    updated_at: formatTime(key.updatedAt),
  };
}

/**
 * Checks the permissions of a new key. No permissions mean the whole API.
 * @returns the permissions, or the server's message
 * @throws Refusal (500) where the real server fails
 */
function checkPermissions(
  c: ApiContext,
  owner: Owner,
  wanted: unknown,
): { permissions: Permission[] } | { errors: unknown } {
  // The servers read an object as the list of its values.
  const members = isRecord(wanted) ? Object.values(wanted) : wanted;
  if (members === undefined || (Array.isArray(members) && members.length === 0))
    return { permissions: [{ domain: "api", resource: null }] };
  if (Array.isArray(members) && members.some(Array.isArray)) throw knownDefect();
  if (!Array.isArray(members) || !members.every(isRecord)) return { errors: "expected type list(map)" };
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
  const { packagePermissions } = c.var.registry.behavior;
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
  if (typeof domain === "string" && !domains.includes(domain)) errors.domain = "is invalid";
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
  const { packagePermissions, foreignRepositoryKeyFails } = c.var.registry.behavior;
  if (domain === "api")
    return ["read", "write"].includes(resource) ? undefined : "invalid resource for given domain";
  if (packagePermissions && domain === "package") {
    return ownsPackage(c.var.registry, owner.userId ?? 0, resource)
      ? undefined
      : "you do not have access to this package";
  }
  if (packagePermissions && !["repository", "docs"].includes(domain))
    return "invalid resource for given domain";
  if (repositoriesOf(c.var.registry, owner).includes(resource)) return undefined;
  if (owner.organizationId !== null && foreignRepositoryKeyFails) throw knownDefect();
  return "you do not have access to this repository";
}
