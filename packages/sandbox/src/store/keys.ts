import type { Origin, Owner, Registry } from "../registry.ts";
import { audit, describeOrganization, describeUser } from "./audit-log.ts";
import { organizationById } from "./organizations.ts";
import { hashSecret, newHexSecret } from "./secrets.ts";
import { userById } from "./users.ts";

/** A permission of a key. `{domain: "api", resource: null}` is everything in the API. */
export interface Permission {
  readonly domain: string | null;
  readonly resource: string | null;
}

/** The time, address and program of a key's last use. */
export interface LastUse {
  readonly ip: string;
  readonly used_at: string;
  readonly user_agent: string | null;
}

/** A key. The registry stores only a hash of its secret. */
export interface Key extends Owner {
  readonly id: number;
  readonly name: string;
  readonly permissions: readonly Permission[];
  /** The time when it ends or ended. */
  readonly endsAt: number | null;
  readonly lastUse: LastUse | null;
  readonly insertedAt: number;
  readonly updatedAt: number;
}

interface KeyRow {
  id: number;
  user_id: number | null;
  organization_id: number | null;
  name: string;
  permissions: string;
  ends_at: number | null;
  last_use: string | null;
  inserted_at: number;
  updated_at: number;
}

const alive = "(ends_at is null or ends_at >= ?)";

function readKey(row: KeyRow): Key {
  return {
    id: row.id,
    userId: row.user_id,
    organizationId: row.organization_id,
    name: row.name,
    permissions: JSON.parse(row.permissions) as Permission[],
    endsAt: row.ends_at,
    lastUse: row.last_use === null ? null : (JSON.parse(row.last_use) as LastUse),
    insertedAt: row.inserted_at,
    updatedAt: row.updated_at,
  };
}

function ownedBy(owner: Owner): [condition: string, id: number | null] {
  return owner.userId === null
    ? ["organization_id = ?", owner.organizationId]
    : ["user_id = ?", owner.userId];
}

/**
 * Creates a key. If a live key has that name, the new key gets a number: `laptop-2`, and after `laptop-7`
 * `laptop-8`.
 * @returns the key and its secret, which isn't stored
 */
export function addKey(
  registry: Registry,
  owner: Owner,
  wanted: { name: string; permissions: readonly Permission[]; endsAt: number | null },
  origin: Origin,
): { key: Key; secret: string } {
  const now = registry.clock.now();
  const secret = newHexSecret();
  const name = freeName(
    wanted.name,
    liveKeys(registry, owner).map((key) => key.name),
  );
  const id = registry.database.run(
    `insert into keys (user_id, organization_id, name, secret_hash, permissions, ends_at, inserted_at, updated_at)
     values (?, ?, ?, ?, ?, ?, ?, ?)`,
    owner.userId,
    owner.organizationId,
    name,
    hashSecret(secret),
    JSON.stringify(wanted.permissions),
    wanted.endsAt,
    now,
    now,
  );
  const key = keyById(registry, id) as Key;
  audit(registry, owner, origin, "key.generate", describeKey(registry, key));
  return { key, secret };
}

/** A key as the audit log describes it, with its owner. */
function describeKey(registry: Registry, { id, name, permissions, ...owner }: Key): Record<string, unknown> {
  const user = userById(registry, owner.userId ?? 0);
  const organization = organizationById(registry, owner.organizationId ?? 0);
  return {
    id,
    name,
    permissions,
    user: user ? describeUser(user) : null,
    organization: organization ? describeOrganization(organization) : null,
  };
}

function freeName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  const numbers = taken
    .filter((other) => other.startsWith(`${name}-`))
    .map((other) => other.slice(name.length + 1))
    .filter((rest) => /^\d+$/.test(rest));
  return `${name}-${Math.max(1, ...numbers.map(Number)) + 1}`;
}

/** The keys of an owner that haven't ended, oldest first. */
export function liveKeys(registry: Registry, owner: Owner): Key[] {
  const [condition, id] = ownedBy(owner);
  return registry.database
    .all<KeyRow>(`select * from keys where ${condition} and ${alive} order by id`, id, registry.clock.now())
    .map(readKey);
}

/** Finds a key by its number, alive or not. */
export function keyById(registry: Registry, id: number): Key | undefined {
  const row = registry.database.one<KeyRow>("select * from keys where id = ?", id);
  return row && readKey(row);
}

/** Finds the key with the nearest number among the keys of all owners, alive or not. */
export function keyNearNumber(registry: Registry, id: number): Key | undefined {
  const row = registry.database.one<KeyRow>("select * from keys order by abs(id - ?), id limit 1", id);
  return row && readKey(row);
}

/** Finds a key by its secret, alive or not. */
export function keyBySecret(registry: Registry, secret: string): Key | undefined {
  const row = registry.database.one<KeyRow>("select * from keys where secret_hash = ?", hashSecret(secret));
  return row && readKey(row);
}

/** Tells whether a key has ended. */
export function keyEnded(registry: Registry, key: Key): boolean {
  return key.endsAt !== null && key.endsAt < registry.clock.now();
}

/** Stores the use of a key. */
export function noteKeyUse(registry: Registry, key: Key, use: LastUse): Key {
  const now = registry.clock.now();
  registry.database.run(
    "update keys set last_use = ?, updated_at = ? where id = ?",
    JSON.stringify(use),
    now,
    key.id,
  );
  return { ...key, lastUse: use, updatedAt: now };
}

/** Ends keys of one owner as of a second ago, and returns them as they are afterwards. */
export function endKeys(
  registry: Registry,
  owner: Owner,
  keys: readonly Key[],
  origin: Origin,
): readonly Key[] {
  const now = registry.clock.now();
  return keys.map((key) => {
    registry.database.run(
      "update keys set ends_at = ?, updated_at = ? where id = ?",
      now - 1000,
      now,
      key.id,
    );
    audit(registry, owner, origin, "key.remove", describeKey(registry, key));
    return { ...key, endsAt: now - 1000, updatedAt: now };
  });
}
