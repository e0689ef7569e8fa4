import { z } from "zod";
import { accountKeys } from "../account/account-keys.ts";
import { accountOf, isSignedByKey } from "../account/credential-in-use.ts";
import { describeKey } from "../account/owner.ts";
import { type SignedRegistry, signedRegistry } from "../account/signed-registry.ts";
import { isYesOrNo } from "../answers.ts";
import type { Context } from "../context.ts";
import { namesLine } from "../display.ts";
import { FailureError, fail } from "../failure.ts";
import { quoteName } from "../hex-api/key-record.ts";
import { hint } from "../hint.ts";
import { nearest } from "../nearest-word.ts";
import { defineOperation } from "../operation.ts";
import { sendAs } from "../registry/registry-request.ts";
import { proveKeys } from "../sign-in/prove-keys.ts";
import { type ClassicKeys, isSealed, type KeyKind, type StoredCredentials } from "../stored-credentials.ts";
import { keyList } from "./key-list.ts";

/** Some keys at real registries have names of more than 255 characters. A path can't be much longer than this. */
const longestName = 4096;

const keyRevokeOutput = z.strictObject({
  revoked: z.array(z.string()).describe("The names of the keys that were revoked"),
  forgotten: z
    .boolean()
    .describe("Whether a credential of this machine was among them, or gone already, and is forgotten here"),
});

export const keyRevoke = defineOperation({
  id: "key.revoke",
  mistakenNames: ["key delete", "key remove"],
  summary: "Revoke a key of your account, or all of them",
  description:
    "Revokes one key by its name, or every key of your account, or of the organization whose key signs the request. hexuser also forgets a revoked key that this machine keeps. Revoking every key doesn't end a session.",
  examples: [
    { means: "Revoke one key", input: { name: "ci" } },
    { means: "Revoke all keys of your account", input: { all: true } },
  ],
  effect: "destroy",
  input: z.strictObject({
    name: z
      .string()
      .min(1, "must not be empty")
      .max(longestName)
      .optional()
      .describe("The key's name")
      .meta({ arg: true, completes: "key" }),
    all: z.boolean().optional().describe("Revoke every key of the account"),
  }),
  answers: ["otp", "localPassword", "adoptCredentials"],
  output: keyRevokeOutput,
  confirm: ({ name, all }) =>
    all === true && name === undefined ? { look: keyList, tell: tellAll } : undefined,
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
  evidence: keyList,
  learnKeyNames: ({ revoked }, known) => known.filter((name) => !revoked.includes(name)),
  async run({ name, all }, ctx, answers) {
    if ((name === undefined) === (all !== true)) {
      const list = hint`give a name or ${{ field: "all" }}; ${{ call: "key.list" }} shows the names of your keys.`;
      // The failure names no field, so that no front end asks for `all`.
      throw fail("invalid_input", "Give either the name of a key, or all keys.", { hint: list });
    }
    try {
      const registry = await signedRegistry(ctx, answers, "write");
      return await (name === undefined ? revokeAll(registry, ctx) : revokeOne(name, registry, ctx));
    } catch (error) {
      if (name === undefined || !isAnswerMissing(error)) throw error;
      // Check that the key exists before asking the person for anything.
      const registry = await signedRegistry(ctx, answers, "read").catch(() => Promise.reject(error));
      const names = await listNames(registry, ctx);
      if (names?.includes(name) !== false) throw error;
      return forgetGone(name, registry, ctx, names);
    }
  },
});

function tellAll({ keys }: z.output<typeof keyList.output>): string | undefined {
  if (keys.length === 0) return undefined;
  const names = keys.slice(0, 20).map((key) => quoteName(key.name.slice(0, 80)));
  const rest = keys.length > names.length ? `, and ${keys.length - names.length} more` : "";
  const count = keys.length === 1 ? "1 key" : `${keys.length} keys`;
  return `This revokes ${count}: ${names.join(", ")}${rest}.`;
}

function isAnswerMissing(error: unknown): error is FailureError {
  const needs = error instanceof FailureError ? (error.failure.needs ?? []) : [];
  return needs.some((need) => "answer" in need && need.because === "missing" && !isYesOrNo(need.answer));
}

/** Returns the names of the keys, or `undefined` if the credential may not read them. */
async function listNames({ request, credential }: SignedRegistry, ctx: Context) {
  try {
    const keys = await accountKeys(request, ctx, credential.whose).list();
    return keys.map((key) => key.name);
  } catch (error) {
    if (error instanceof FailureError) return undefined;
    throw error;
  }
}

async function revokeOne(name: string, registry: SignedRegistry, ctx: Context) {
  const { stored, whose } = registry.credential;
  const readName = await findReadKeyName(stored.keys, ctx);
  const { state, isOwn, others } = await accountKeys(registry.request, ctx, whose).revoke(name);
  if (state === "gone") return forgetGone(name, registry, ctx, others);
  const isSigner = isOwn && isSignedByKey(registry.credential);
  const dead = deadKinds(stored.keys, { names: [name], readName, isSigner });
  return forget([name], { dead, isSigner }, registry, ctx);
}

async function revokeAll(registry: SignedRegistry, ctx: Context) {
  const { kind, whose, stored } = registry.credential;
  const keys = accountKeys(registry.request, ctx, whose);
  const names = (await keys.list()).map((key) => key.name);
  const { isOwn } = await keys.revokeAll(names);
  const isSigner = isOwn && isSignedByKey(registry.credential);
  const all: readonly KeyKind[] = ["read", "write", "repositories"];
  const dead = isSigner ? all : deadKinds(stored.keys, { names, readName: undefined, isSigner });
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
  others: readonly string[] = [],
) {
  const { keys, apiKeyFrom } = registry.credential.stored;
  const write = keys?.write === undefined || isSealed(keys.write) ? undefined : keys.write;
  const isKept = keys !== undefined && apiKeyFrom === undefined && ctx.credentials.readOnly === undefined;
  const proofs = isKept ? await proveKeys(keys, write, ctx) : [];
  const dead = proofs
    .filter((proof) => proof.state === "dead" && (proof.name ?? name) === name)
    .map(({ kind }) => kind);
  if (dead.length === 0) {
    const near = nearest(name, others);
    const guess = near === undefined ? "" : `did you mean ${quoteName(near)}? If not, `;
    throw fail("not_found", `There is no key ${quoteName(name)}.`, {
      hint: hint`${guess}list your keys with ${{ call: "key.list" }}.`,
    });
  }
  return forget([], { dead, isSigner: false }, registry, ctx);
}

/** Finds the name of the read key. Other clients don't store names, but a read key that is alive can tell its own. */
async function findReadKeyName(keys: ClassicKeys | undefined, ctx: Context): Promise<string | undefined> {
  if (keys?.read === undefined || keys.names?.read !== undefined) return keys?.names?.read;
  try {
    return (await describeKey(sendAs(ctx, { authorization: keys.read })))?.name;
  } catch (error) {
    if (error instanceof FailureError) return undefined;
    throw error;
  }
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

/** Removes the dead keys from this machine. */
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
  return fail(code, `${done}. But the key is still kept here, and is of no use any more: ${message}`, {
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
