import type { Context } from "../context.ts";
import { fail } from "../failure.ts";
import { readAuth } from "../hex-api/accounts.ts";
import { formatPermission, type KeyRecord, quoteName } from "../hex-api/key-record.ts";
import { listKeys } from "../hex-api/keys.ts";
import { hint } from "../hint.ts";
import type { UnfinishedKey } from "../key-journal.ts";
import { sendAs } from "../registry/registry-request.ts";

/**
 * Names the successor of a key after the month: `ci` → `ci-2026-11`, and a month later `ci-2026-11` → `ci-2026-12`. Another
 * one in the same month gets a number, as the registry would give it.
 *
 * @param now milliseconds since the UNIX epoch
 */
export function successorName(name: string, taken: readonly string[], now: number): string {
  const base = name.replace(/-\d{4}-(0[1-9]|1[0-2])(-\d+)?$/, "");
  const dated = `${base}-${new Date(now).toISOString().slice(0, 7)}`;
  const numbers = taken.flatMap((other) => numberOf(other, dated) ?? []);
  return numbers.length === 0 ? dated : `${dated}-${Math.max(...numbers) + 1}`;
}

/** The number that a registry has added to a name: 1 for the name itself, `undefined` for another name. */
function numberOf(name: string, intended: string): number | undefined {
  if (name === intended) return 1;
  const number = name.startsWith(`${intended}-`) ? name.slice(intended.length + 1) : "";
  return /^[1-9]\d{0,8}$/.test(number) ? Number(number) : undefined;
}

/** Milliseconds between the intention and the making of a key, with the difference of two clocks. */
const window = 3_600_000;

/**
 * Finds the key of an attempt that ended before its answer came: it has the intended name or one with a number, and the
 * permissions; it was made at that time, and nobody has used it.
 */
export function findOrphan(entry: UnfinishedKey, keys: readonly KeyRecord[]): KeyRecord | undefined {
  if (entry.made !== undefined) return keys.find(({ name }) => name === entry.made);
  const wanted = [...entry.permissions].sort().join();
  const found = keys.filter(
    (key) =>
      key.last_use?.used_at == null &&
      numberOf(key.name, entry.intended) !== undefined &&
      key.permissions.map(formatPermission).sort().join() === wanted &&
      Math.abs(Date.parse(key.inserted_at ?? "") - Date.parse(entry.begunAt)) < window,
  );
  return found.sort(
    (one, other) => Date.parse(other.inserted_at ?? "") - Date.parse(one.inserted_at ?? ""),
  )[0];
}

/**
 * What a successor gets of a key: its permissions, and an expiry as far away as the key's own was when it was made.
 * Fails with `not_supported` if the registry doesn't tell one of them.
 *
 * @param now milliseconds since the UNIX epoch
 */
export function inherit({ name, permissions, revoke_at, inserted_at }: KeyRecord, now: number) {
  if (permissions.length === 0 || permissions.some(({ domain }) => domain == null || domain === "…"))
    throw untold(name, "what it may do");
  const length = revoke_at == null ? undefined : Date.parse(revoke_at) - Date.parse(inserted_at ?? "");
  if (Number.isNaN(length)) throw untold(name, "when it was made, so its expiry has no known length");
  return {
    permissions: permissions.map(({ domain, resource }) => ({
      domain: domain ?? "",
      ...(resource == null ? {} : { resource }),
    })),
    ...(length === undefined ? {} : { revoke_at: new Date(now + length).toISOString() }),
  };
}

function untold(name: string, what: string) {
  return fail("not_supported", `The registry doesn't tell of the key ${quoteName(name)} ${what}.`, {
    hint: hint`make another key with ${{ call: "key.generate" }}, and revoke this one afterwards.`,
  });
}

/** Uses a new key for something that it may do. Fails with `registry_refused` if the registry doesn't know it. */
export async function proveKey(
  secret: string,
  { domain, resource }: { readonly domain: string; readonly resource?: string | undefined },
  ctx: Context,
): Promise<void> {
  const send = sendAs(ctx, { authorization: secret });
  const auth = await readAuth(send, domain, resource);
  // Older registries know fewer domains, but every registry tells whether it knows the key.
  const state =
    auth.credentialState() === "unknown" ? (await listKeys(send)).credentialState() : auth.credentialState();
  if (state === "alive") return;
  throw fail("registry_refused", "The registry doesn't accept the new key.", {
    hint: hint`try again later.`,
  });
}
