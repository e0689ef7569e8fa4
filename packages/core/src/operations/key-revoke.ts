import { z } from "zod";
import { accountKeys, noSuchKey } from "../account/account-keys.ts";
import { accountOf, isSignedByKey } from "../account/credential-in-use.ts";
import { accountHolder, type KeyHolder, organizationHolder } from "../account/key-holder.ts";
import { findReadKeyName } from "../account/owner.ts";
import { type SignedRegistry, signedRegistry } from "../account/signed-registry.ts";
import { isYesOrNo } from "../answers.ts";
import type { Context } from "../context.ts";
import { namesLine } from "../display.ts";
import { FailureError, fail } from "../failure.ts";
import { keyNameSchema } from "../hex-api/key-record.ts";
import { keyCall } from "../hex-api/keys.ts";
import { hint } from "../hint.ts";
import { defineOperation } from "../operation.ts";
import { proveKeys } from "../sign-in/prove-keys.ts";
import { type ClassicKeys, isSealed, type KeyKind, type StoredCredentials } from "../stored-credentials.ts";
import { listOf, lookAtKeys, tellRevocation } from "./key-list.ts";

const keyRevokeOutput = z.strictObject({
  revoked: z.array(z.string()).describe("The names of the keys that were revoked"),
  forgotten: z
    .boolean()
    .describe("Whether a credential of this machine was among them, or gone already, and is forgotten here"),
});

function defineKeyRevoke(holder: KeyHolder) {
  return defineOperation({
    id: `${holder.prefix}key.revoke`,
    mistakenNames: ["key delete", "key remove"].map(holder.command),
    summary: `Revoke a key of ${holder.whose}, or all of them`,
    description: `Revokes one key by its name, or every key of ${holder.whoseInFull}. hexuser also forgets a revoked key that this machine keeps. Revoking every key doesn't end a session.`,
    examples: [
      { means: "Revoke one key", input: { ...holder.example, name: "ci" } },
      { means: `Revoke all keys of ${holder.whose}`, input: { ...holder.example, all: true } },
    ],
    effect: "destroy",
    input: z.strictObject({
      ...holder.fields,
      name: keyNameSchema().optional().describe("The key's name").meta({ arg: true, completes: "key" }),
      all: z.boolean().optional().describe(`Revoke every key of the ${holder.noun}`),
    }),
    answers: ["otp", "localPassword", "adoptCredentials"],
    output: keyRevokeOutput,
    confirm: ({ organization, name, all }) =>
      all === true && name === undefined
        ? { ...lookAtKeys(holder, { organization }), tell: ({ keys }) => tellRevocation(keys) }
        : undefined,
    show: ({ revoked, forgotten }) => ({
      notices: [
        ...namesLine("Revoked", revoked),
        ...(revoked.length === 0 && !forgotten ? ["There was no key to revoke."] : []),
        ...(revoked.length === 0 && forgotten
          ? ["The key was revoked before. It was still kept on this machine, and is forgotten here now."]
          : []),
        ...(revoked.length > 0 && forgotten
          ? ["A credential of this machine was among them, and is forgotten here."]
          : []),
      ],
    }),
    evidence: listOf(holder),
    learnKeyNames: ({ revoked }, known) => known.filter((name) => !revoked.includes(name)),
    async run({ organization, name, all }, ctx, answers) {
      if ((name === undefined) === (all !== true)) {
        const list = hint`give a name or ${{ field: "all" }}; ${keyCall("list", organization)} shows the names of the keys.`;
        // The failure names no field, so that no front end asks for `all`.
        throw fail("invalid_input", "Give either the name of a key, or all keys.", { hint: list });
      }
      try {
        const registry = await signedRegistry(ctx, answers, "write");
        return await (name === undefined
          ? revokeAll(registry, ctx, organization)
          : revokeOne(name, registry, ctx, organization));
      } catch (error) {
        if (name === undefined || !isAnswerMissing(error)) throw error;
        // Check that the key exists before asking the person for anything.
        const registry = await signedRegistry(ctx, answers, "read").catch(() => Promise.reject(error));
        const names = await listNames(registry, ctx, organization);
        if (names?.includes(name) !== false) throw error;
        return forgetGone(name, registry, ctx, { others: names, organization });
      }
    },
  });
}

export const keyRevoke = defineKeyRevoke(accountHolder);
export const organizationKeyRevoke = defineKeyRevoke(organizationHolder);

function isAnswerMissing(error: unknown): error is FailureError {
  const needs = error instanceof FailureError ? (error.failure.needs ?? []) : [];
  return needs.some((need) => "answer" in need && need.because === "missing" && !isYesOrNo(need.answer));
}

/** Returns the names of the keys, or `undefined` if the credential may not read them. */
async function listNames({ request, credential }: SignedRegistry, ctx: Context, organization?: string) {
  try {
    const keys = await accountKeys(request, ctx, credential.whose, organization).list();
    return keys.map((key) => key.name);
  } catch (error) {
    if (error instanceof FailureError) return undefined;
    throw error;
  }
}

/** The keys of a classic sign-in are the account's. Of an organization, this machine has at most the key that signs. */
async function revokeOne(name: string, registry: SignedRegistry, ctx: Context, organization?: string) {
  const { stored, whose } = registry.credential;
  const own = organization === undefined ? stored.keys : undefined;
  const readName = await findReadKeyName(own, ctx);
  const { state, isOwn, others } = await accountKeys(registry.request, ctx, whose, organization).revoke(name);
  if (state === "gone") return forgetGone(name, registry, ctx, { others, organization });
  const isSigner = isOwn && isSignedByKey(registry.credential);
  const dead = deadKinds(own, { names: [name], readName, isSigner });
  return forget([name], { dead, isSigner }, registry, ctx);
}

async function revokeAll(registry: SignedRegistry, ctx: Context, organization?: string) {
  const { kind, whose, stored } = registry.credential;
  const keys = accountKeys(registry.request, ctx, whose, organization);
  const names = (await keys.list()).map((key) => key.name);
  const { isOwn } = await keys.revokeAll(names);
  const isSigner = isOwn && isSignedByKey(registry.credential);
  const all: readonly KeyKind[] = ["read", "write", "repositories"];
  const dead = isSigner
    ? all
    : deadKinds(organization === undefined ? stored.keys : undefined, {
        names,
        readName: undefined,
        isSigner,
      });
  const output = await forget(names, { dead, isSigner }, registry, ctx);
  if (kind === "session" || kind === "token") {
    ctx.emit({
      type: "notice",
      message: "You are still signed in, because your session doesn't depend on the keys.",
      hint: hint`to end it, run ${{ call: "deauth" }}.`,
    });
  }
  return output;
}

/**
 * Handles a key that was revoked before, perhaps by a command that was killed before it could remove the key from this
 * machine. It removes a stored key that has this name or no name, if the registry refuses its secret.
 */
async function forgetGone(
  name: string,
  registry: SignedRegistry,
  ctx: Context,
  {
    others = [],
    organization,
  }: { others?: readonly string[] | undefined; organization?: string | undefined },
) {
  const { keys, apiKeyFrom } = registry.credential.stored;
  const write = keys?.write === undefined || isSealed(keys.write) ? undefined : keys.write;
  const isKept =
    organization === undefined &&
    keys !== undefined &&
    apiKeyFrom === undefined &&
    ctx.credentials.readOnly === undefined;
  const proofs = isKept ? await proveKeys(keys, write, ctx) : [];
  const dead = proofs
    .filter((proof) => proof.state === "dead" && (proof.name ?? name) === name)
    .map(({ kind }) => kind);
  if (dead.length === 0) throw noSuchKey(name, others, organization);
  return forget([], { dead, isSigner: false }, registry, ctx);
}

interface Dead {
  /** The dead keys of the classic sign-in. */
  readonly dead: readonly KeyKind[];
  /** The key that signed the request is dead as well. */
  readonly isSigner: boolean;
}

function deadKinds(
  keys: ClassicKeys | undefined,
  revoked: { names: readonly string[]; readName: string | undefined; isSigner: boolean },
): KeyKind[] {
  const { names, readName, isSigner } = revoked;
  const known = { ...keys?.names, ...(readName === undefined ? {} : { read: readName }) };
  return (["read", "write", "repositories"] as const).filter((kind) => {
    const name = known[kind];
    if (isSigner && kind === "write") return true;
    return name !== undefined && names.includes(name) && keys?.[kind] !== undefined;
  });
}

async function forget(names: readonly string[], dead: Dead, registry: SignedRegistry, ctx: Context) {
  const { stored } = registry.credential;
  const { readOnly, location } = ctx.credentials;
  if (stored.apiKeyFrom !== undefined || readOnly !== undefined) {
    // The backend may hold credentials of another account.
    if (dead.isSigner) {
      const from = stored.apiKeyFrom ?? location(accountOf(ctx));
      ctx.emit({ type: "warning", message: `The key in ${from} is revoked now: unset it.` });
    }
    return { revoked: [...names], forgotten: false };
  }
  if (without(stored, dead) === stored) return { revoked: [...names], forgotten: false };
  try {
    await ctx.credentials.update(accountOf(ctx), async (now) => {
      if (now === undefined) return undefined;
      const rest = without(now, dead);
      return Object.keys(rest).length === 0 ? undefined : rest;
    });
  } catch (error) {
    throw error instanceof FailureError ? stillKept(names, error) : error;
  }
  return { revoked: [...names], forgotten: true };
}

/** Tells what happened at the registry and what is still on this machine. */
function stillKept(names: readonly string[], cause: FailureError): FailureError {
  const { code, message, hint: before } = cause.failure;
  const done =
    names.length === 0 ? "The key was revoked before" : `Revoked at the registry: ${names.join(", ")}`;
  const details: z.output<typeof keyRevokeOutput> = { revoked: [...names], forgotten: false };
  return fail(code, `${done}. But the key is still on this machine, where it is useless now: ${message}`, {
    hint: before ?? hint`run ${{ call: "deauth" }}, or sign in again.`,
    details,
    cause,
  });
}

function without(stored: StoredCredentials, { dead, isSigner }: Dead): StoredCredentials {
  if (isSigner && stored.apiKey !== undefined) {
    const { apiKey, ...rest } = stored;
    return rest;
  }
  const { keys, ...rest } = stored;
  if (keys === undefined || !dead.some((kind) => keys[kind] !== undefined)) return stored;
  const living = Object.fromEntries(
    Object.entries(keys).filter(([kind]) => !dead.includes(kind as KeyKind)),
  ) as ClassicKeys;
  const isEmpty =
    living.read === undefined && living.write === undefined && living.repositories === undefined;
  return isEmpty ? rest : { ...rest, keys: living };
}
