import type { Origin, Owner, Registry } from "../registry.ts";

/** The number of entries on a page of the audit log. */
const pageSize = 100;

/** One entry as the API shows it. */
export interface AuditEntry {
  readonly action: string;
  readonly user_agent: string | null;
  readonly params: unknown;
}

/**
 * Writes an entry. What a member changes in an organization is in the logs of both.
 * @param owner the account to whose log it belongs; a password reset belongs to no log
 * @param action such as `key.generate`
 */
export function audit(
  registry: Registry,
  owner: Partial<Owner>,
  origin: Origin,
  action: string,
  params: Readonly<Record<string, unknown>> = {},
): void {
  registry.database.run(
    `insert into audit_logs (user_id, organization_id, action, user_agent, params, inserted_at)
     values (?, ?, ?, ?, ?, ?)`,
    owner.userId ?? (owner.organizationId == null ? null : (origin.userId ?? null)),
    owner.organizationId ?? null,
    action,
    origin.userAgent,
    JSON.stringify(params),
    registry.clock.now(),
  );
}

/**
 * A page of the entries of one account, the newest first.
 * @param page counts from 1
 */
export function auditEntries(registry: Registry, owner: Partial<Owner>, page: number): AuditEntry[] {
  const column = owner.userId === undefined ? "organization_id" : "user_id";
  const id = owner.userId ?? owner.organizationId ?? null;
  return registry.database
    .all<{ action: string; user_agent: string | null; params: string }>(
      `select action, user_agent, params from audit_logs where ${column} = ? order by id desc limit ? offset ?`,
      id,
      pageSize,
      (Math.max(page, 1) - 1) * pageSize,
    )
    .map((row) => ({ ...row, params: JSON.parse(row.params) }));
}

const handles = ["bluesky", "elixirforum", "freenode", "github", "slack", "twitter", "url"];

/** A user as an entry describes one. */
export function describeUser({ id, username }: { id: number; username: string }): Record<string, unknown> {
  return { id, username, handles: Object.fromEntries(handles.map((site) => [site, null])) };
}

/** An organization as an entry describes one. */
export function describeOrganization(organization: {
  id: number;
  name: string;
  billing_active: number;
}): Record<string, unknown> {
  const { id, name, billing_active: active } = organization;
  return { id, name, billing_active: active === 1 };
}
