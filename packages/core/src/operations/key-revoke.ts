import { z } from "zod";
import type { Context } from "../context.ts";
import { FailureError, fail } from "../failure.ts";
import { defineOperation } from "../operation.ts";
import { accountOf } from "../registry/credential-in-use.ts";
import { describeKey, quoteName } from "../registry/key-name.ts";
import { keyRecord } from "../registry/key-record.ts";
import { noKeys } from "../registry/not-offered.ts";
import { pathSegment } from "../registry/path-segment.ts";
import { acceptAnswer, readJson, refusal } from "../registry/registry-refusal.ts";
import { type SignedRegistry, signedRegistry } from "../registry/signed-registry.ts";
import type { ClassicKeys, StoredCredentials } from "../stored-credentials.ts";

export const keyRevoke = defineOperation({
  id: "key.revoke",
  summary: "Revoke a key of your account, or all of them",
  description:
    "Revokes one key by its name, or with `--all` every key of the account. A key of this machine that was revoked is forgotten here, too. A session outlives `--all`.",
  effect: "destroy",
  input: z.strictObject({
    name: z
      .string()
      .min(1, "must not be empty")
      .max(255)
      .optional()
      .describe("The key's name")
      .meta({ arg: true, completes: "key" }),
    all: z.boolean().optional().describe("Revoke every key of the account"),
  }),
  answers: ["otp", "localPassword", "adoptCredentials"],
  output: z.strictObject({
    revoked: z.array(z.string()).describe("The names of the keys that were revoked"),
    forgotten: z
      .boolean()
      .describe("Whether a credential of this machine was among them, and is forgotten here"),
  }),
  confirm: (input) => input.all === true,
  async run({ name, all }, ctx, answers) {
    if ((name === undefined) === (all !== true)) {
      throw fail("invalid_input", "Give either the name of a key or --all.", {
        hint: "`hexuser key list` shows the names of your keys.",
      });
    }
    const registry = await signedRegistry(ctx, answers, "write");
    return name === undefined ? revokeAll(registry, ctx) : revokeOne(name, registry, ctx);
  },
});

const lookAt = "look with `hexuser key list` at what is left.";

async function revokeOne(name: string, registry: SignedRegistry, ctx: Context) {
  const { stored, whose } = registry.credential;
  const readName = await findReadKeyName(stored.keys, ctx);
  const response = await registry.request({ method: "DELETE", path: `/keys/${pathSegment(name)}`, lookAt });
  if (response.status === 404) {
    const list = await registry.request({ method: "GET", path: "/keys" });
    if (list.status === 404) throw noKeys(ctx.registry);
    throw fail("not_found", `There is no key ${quoteName(name)}.`, {
      hint: "list your keys with `hexuser key list`.",
    });
  }
  if (response.status > 299) throw refusal(response, whose);
  const isOwn =
    registry.credential.kind !== "session" &&
    (keyRecord().safeParse(readJson(response)).data?.authing_key ?? false);
  const forgotten = await forget({ all: false, isOwn, names: [name], readName }, registry, ctx);
  return { revoked: [name], forgotten };
}

async function revokeAll(registry: SignedRegistry, ctx: Context) {
  const { kind, whose } = registry.credential;
  const list = await registry.request({ method: "GET", path: "/keys" });
  if (list.status === 404) throw noKeys(ctx.registry);
  const names = acceptAnswer(list, z.array(keyRecord()), whose).map((key) => key.name);
  const response = await registry.request({ method: "DELETE", path: "/keys", lookAt });
  if (response.status > 299) throw refusal(response, whose);
  const forgotten = await forget(
    { all: true, isOwn: kind !== "session", names, readName: undefined },
    registry,
    ctx,
  );
  if (kind === "session") {
    ctx.emit({
      type: "notice",
      message: "You are still signed in: a session outlives the keys. `hexuser deauth` ends it.",
    });
  }
  return { revoked: names, forgotten };
}

/** Names aren't stored by other clients; the read key tells its own, as long as it lives. */
async function findReadKeyName(keys: ClassicKeys | undefined, ctx: Context): Promise<string | undefined> {
  if (keys?.read === undefined || keys.names?.read !== undefined) return keys?.names?.read;
  try {
    return (await describeKey(keys.read, ctx))?.name;
  } catch (error) {
    if (error instanceof FailureError) return undefined;
    throw error;
  }
}

interface Revoked {
  readonly all: boolean;
  /** The key that signed the request is among them. */
  readonly isOwn: boolean;
  readonly names: readonly string[];
  readonly readName: string | undefined;
}

/** Takes the revoked keys out of what this machine keeps. */
async function forget(revoked: Revoked, registry: SignedRegistry, ctx: Context): Promise<boolean> {
  const { stored } = registry.credential;
  const { readOnly, location } = ctx.credentials;
  if (stored.apiKeyFrom !== undefined || readOnly !== undefined) {
    // What is kept besides may be another account's.
    if (!revoked.isOwn) return false;
    const from = stored.apiKeyFrom ?? location(accountOf(ctx));
    ctx.emit({ type: "warning", message: `The key in ${from} is revoked now: unset it.` });
    return false;
  }
  const left = withoutRevoked(stored, revoked);
  if (left === stored) return false;
  await ctx.credentials.update(accountOf(ctx), async (now) => {
    if (now === undefined) return undefined;
    const rest = withoutRevoked(now, revoked);
    return Object.keys(rest).length === 0 ? undefined : rest;
  });
  return true;
}

function withoutRevoked(
  stored: StoredCredentials,
  { all, isOwn, names, readName }: Revoked,
): StoredCredentials {
  if (isOwn && stored.apiKey !== undefined) {
    const { apiKey, ...rest } = stored;
    return rest;
  }
  if (stored.keys === undefined) return stored;
  const { keys, ...rest } = stored;
  if (isOwn && all) return rest;
  const known = { ...keys.names, ...(readName === undefined ? {} : { read: readName }) };
  const dead = (["read", "write", "repositories"] as const).filter((kind) => {
    const name = known[kind];
    if (isOwn && kind === "write") return true;
    return name !== undefined && names.includes(name) && keys[kind] !== undefined;
  });
  if (dead.length === 0) return stored;
  const living = Object.fromEntries(
    Object.entries(keys).filter(([kind]) => !dead.includes(kind as "read")),
  ) as ClassicKeys;
  const isEmpty =
    living.read === undefined && living.write === undefined && living.repositories === undefined;
  return isEmpty ? rest : { ...rest, keys: living };
}
