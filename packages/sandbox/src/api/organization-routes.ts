import { Hono } from "hono";
import { formatTime } from "../registry.ts";
import { auditEntries } from "../store/audit-log.ts";
import { findOrganization, membersOf, type Organization, organizationsOf } from "../store/organizations.ts";
import {
  type ApiContext,
  type ApiEnv,
  knownDefect,
  notFound,
  sendCached,
  sendJson,
  sendTagged,
} from "./answer.ts";
import { authorize, requireMembership } from "./authorization.ts";
import { pageNumber, pathParameter } from "./request.ts";

/** `/orgs` and `/repos`: the organizations of the user, their members and their repositories. */
export function organizationRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/orgs", (c) => {
    const { registry } = c.var;
    if (c.var.identity === undefined && registry.behavior.hidesOrganizations) return sendCached(c, 200, []);
    const { user, organization } = authorize(c, { domain: "api", resource: "read" });
    if (organization && registry.behavior.organizationKeyListingFails) throw knownDefect();
    const organizations = user ? organizationsOf(registry, user.id) : [organization as Organization];
    return sendCached(c, 200, organizations.map(showOrganization));
  });
  routes.get("/orgs/:organization", (c) => {
    const organization = visibleOrganization(c);
    const seats = c.var.registry.behavior.organizationSeats;
    return sendCached(c, 200, { ...showOrganization(organization), seats });
  });
  routes.get("/orgs/:organization/members", (c) => {
    const members = membersOf(c.var.registry, visibleOrganization(c));
    return sendCached(
      c,
      200,
      members.map(({ username, email, role }) => ({
        username,
        email,
        role,
        url: `${c.var.registry.siteUrl}/api/users/${username}`,
      })),
    );
  });
  routes.get("/orgs/:organization/audit-logs", (c) => {
    if (!c.var.registry.behavior.auditLogs) throw notFound();
    const { id } = visibleOrganization(c);
    return sendJson(c, 200, auditEntries(c.var.registry, { organizationId: id }, pageNumber(c)));
  });
  routes.get("/repos", (c) => {
    const sender = c.var.identity && authorize(c, { domain: "api", resource: "read" });
    const organizations = sender?.user
      ? organizationsOf(c.var.registry, sender.user.id)
      : [sender?.organization ?? []].flat();
    const repositories = [
      { name: "hexpm", inserted_at: null, updated_at: null },
      ...organizations.map(showRepository),
    ];
    return sendTagged(c, repositories, repositories);
  });
  routes.get("/repos/:organization", (c) => {
    const organization = visibleOrganization(c);
    return sendTagged(c, showRepository(organization), organization, organization.updated_at);
  });
  return routes;
}

function visibleOrganization(c: ApiContext): Organization {
  const name = pathParameter(c, "organization");
  const { registry, identity } = c.var;
  const hidden = identity === undefined || findOrganization(registry, name) === undefined;
  if (hidden && registry.behavior.hidesOrganizations) throw notFound();
  return requireMembership(c, authorize(c, { domain: "api", resource: "read" }), name, "read");
}

function showOrganization(organization: Organization): Record<string, unknown> {
  return {
    name: organization.name,
    billing_active: organization.billing_active === 1,
    inserted_at: formatTime(organization.inserted_at),
    updated_at: formatTime(organization.updated_at),
  };
}

function showRepository(organization: Organization): Record<string, unknown> {
  return {
    name: organization.name,
    inserted_at: formatTime(organization.inserted_at),
    updated_at: formatTime(organization.updated_at),
  };
}
