import { Hono } from "hono";
import { formatTime } from "../registry.ts";
import { addKey, endKeys, type Key, keyById, keyNearNumber, liveKeys, type Owner } from "../store/keys.ts";
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
import { checkPermissions } from "./key-permissions.ts";
import { isEmpty, pathParameter, requireStorable } from "./request-body.ts";
import { checkField } from "./user-routes.ts";

/** `/keys` and `/orgs/:organization/keys`: the keys of the user, and those of an organization. */
export function keyRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  for (const base of ["/keys", "/orgs/:organization/keys"]) {
    routes.get(base, (c) => {
      const owner = keyOwner(c, "read");
      const keys = liveKeys(c.var.registry, owner);
      keys.sort(
        c.var.registry.generation.sortsKeys
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

function requestOrigin(c: ApiContext) {
  return { userAgent: c.req.header("user-agent") ?? null };
}

function keyOwner(c: ApiContext, access: "read" | "write", allowUnconfirmed = false): Owner {
  const identity = authorize(c, { domain: "api", resource: access, allowUnconfirmed });
  if (c.req.param("organization") !== undefined) {
    const organization = requireMembership(c, identity, pathParameter(c, "organization"), access);
    return { userId: null, organizationId: organization.id };
  }
  if (identity.user === undefined) {
    throw notFound();
  }
  return { userId: identity.user.id, organizationId: null };
}

function namedKey(c: ApiContext, owner: Owner): Key {
  const name = pathParameter(c, "name");
  const key = liveKeys(c.var.registry, owner).find((candidate) => candidate.name === name);
  if (key === undefined) {
    throw notFound();
  }
  return key;
}

function createKey(c: ApiContext): Response {
  const { registry, fields } = c.var;
  const owner = keyOwner(c, "write", true);
  const checked = checkPermissions(c, owner, fields.permissions);
  const end = registry.generation.keyEnd === "revoke_at" ? checkEnd(c, fields.revoke_at) : { endsAt: null };
  const errors = {
    ...checkField("name", fields.name, () => undefined),
    ...("errors" in checked && { permissions: checked.errors }),
    ...("error" in end && { revoke_at: end.error }),
  };
  if (Object.keys(errors).length > 0 || "errors" in checked || "error" in end) {
    throw invalid(errors);
  }
  requireStorable(c, String(fields.name));
  const wanted = { name: String(fields.name), permissions: checked.permissions, endsAt: end.endsAt };
  const { key, secret } = addKey(registry, owner, wanted, requestOrigin(c));
  const named = registry.generation.absoluteLocation ? wanted.name : key.name;
  return sendCreated(c, { ...showKey(c, key), secret }, `/api/keys/${encodeURIComponent(named)}`);
}

function checkEnd(c: ApiContext, value: unknown): { endsAt: number | null } | { error: string } {
  if (isEmpty(value)) {
    return { endsAt: null };
  }
  const endsAt = typeof value === "string" ? readTime(value) : undefined;
  if (endsAt === undefined) {
    return { error: "expected type utc_datetime_usec" };
  }
  return endsAt > c.var.registry.clock.now() ? { endsAt } : { error: "must be in the future" };
}

/** Milliseconds since 1970 for a time as the servers read it: of a day that exists, in UTC unless it says otherwise. */
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
  // The servers describe the key that has the number of the credentials used, even when those are no key:
  // under OAuth that is someone's key that happens to have the token's number, under Basic, there is no such key.
  const described = identity?.key
    ? keyById(registry, identity.key.id)
    : identity?.token && keyNearNumber(registry, identity.token.id);
  if (described === undefined) {
    throw knownDefect();
  }
  return sendJson(c, 200, { ...showKey(c, described), authing_key: true });
}

function showKey(c: ApiContext, key: Key): Record<string, unknown> {
  const { siteUrl, generation } = c.var.registry;
  return {
    name: key.name,
    permissions: key.permissions,
    secret: null,
    authing_key: key.id === c.var.identity?.key?.id,
    [generation.keyEnd]: key.endsAt === null ? null : formatTime(key.endsAt),
    ...(key.lastUse && { last_use: key.lastUse }),
    url: `${siteUrl}/api/keys/${encodeURIComponent(key.name)}`,
    inserted_at: formatTime(key.insertedAt),
    updated_at: formatTime(key.updatedAt),
  };
}
