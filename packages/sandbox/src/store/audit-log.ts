import type { Origin, Registry } from "../registry.ts";

/** How many entries a page of the audit log has. */
const pageSize = 100;

/** One entry as the API shows it. */
export interface AuditEntry {
  readonly action: string;
  readonly user_agent: string | null;
  readonly params: unknown;
}

/** To whose log an entry belongs; the start and the end of a password reset belong to nobody. */
export interface AuditOwner {
  readonly userId?: number | null;
  readonly organizationId?: number | null;
}

/** Writes an entry: what happened (`key.generate`…), to whose account, from which program, with which details. */
export function audit(
  registry: Registry,
  owner: AuditOwner,
  origin: Origin,
  action: string,
  params: Readonly<Record<string, unknown>> = {},
): void {
  registry.database.run(
    `insert into audit_logs (user_id, organization_id, action, user_agent, params, inserted_at)
     values (?, ?, ?, ?, ?, ?)`,
    owner.userId ?? null,
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
export function auditEntries(registry: Registry, owner: AuditOwner, page: number): AuditEntry[] {
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
