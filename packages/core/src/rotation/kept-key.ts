import {
  accountOf,
  type CredentialInUse,
  isSignedByKey,
  isToken,
  openSecret,
} from "../account/credential-in-use.ts";
import { describeKey } from "../account/owner.ts";
import type { Answers } from "../answers.ts";
import type { Context } from "../context.ts";
import { fail } from "../failure.ts";
import { sendAs } from "../registry/registry-request.ts";
import { isSameOwner } from "../sign-in/prove-keys.ts";
import { type KeyKind, keyKinds, type StoredCredentials } from "../stored-credentials.ts";

/** A key of the registry that this machine keeps. */
export interface KeptKey {
  readonly kind: "apiKey" | KeyKind;
  readonly secret: string;
}

/**
 * Finds out whether the backend keeps the key of this name. A key in the environment is not kept. Fails with a need where
 * a local password encrypts the key.
 *
 * @param signer the name of the key that signs, as the list of keys marks it
 */
export async function findKeptKey(
  name: string,
  signer: string | undefined,
  credential: CredentialInUse,
  ctx: Context,
  answers: Answers,
): Promise<KeptKey | undefined> {
  const kept = await readKept(credential, ctx);
  if (kept === undefined) return undefined;
  const { authorization } = credential;
  const isSigner = signer === name && isSignedByKey(credential);
  const { apiKey, keys } = kept;
  if (apiKey !== undefined && !isToken(apiKey)) {
    const isIt = apiKey === authorization ? isSigner : await isNamed(apiKey, name, authorization, ctx);
    if (isIt) return { kind: "apiKey", secret: apiKey };
  }
  for (const kind of keyKinds) {
    const secret = keys?.[kind];
    if (secret === undefined) continue;
    if (secret === authorization && isSigner) return { kind, secret: authorization };
    const isIt = keys?.names?.[kind] === name || (kind === "write" && isSigner && credential.kind === "keys");
    if (
      isIt &&
      (credential.stored.apiKeyFrom === undefined || (await isSameOwner(keys?.read, authorization, ctx)))
    )
      return { kind, secret: await openSecret(secret, ctx, answers) };
  }
  return undefined;
}

/** What the backend itself keeps, whatever the environment has. */
async function readKept({ stored }: CredentialInUse, ctx: Context): Promise<StoredCredentials | undefined> {
  if (ctx.credentials.readOnly !== undefined || ctx.credentials.isEnvironment === true) return undefined;
  if (stored.apiKeyFrom === undefined) return stored;
  let kept: StoredCredentials | undefined;
  await ctx.credentials.update(accountOf(ctx), async (now) => {
    kept = now;
    return now;
  });
  return kept;
}

async function isNamed(secret: string, name: string, authorization: string, ctx: Context): Promise<boolean> {
  const found = await describeKey(sendAs(ctx, { authorization: secret }));
  return found?.name === name && (await isSameOwner(secret, authorization, ctx));
}

/** Puts another key in the place of a kept one. Fails with a `storage_…` code, also if the place holds something else now. */
export async function replaceKeptKey(
  { kind, secret: old }: KeptKey,
  { name, secret }: { readonly name: string; readonly secret: string },
  ctx: Context,
  answers: Answers,
): Promise<void> {
  const { seal } = ctx.credentials;
  await ctx.credentials.update(accountOf(ctx), async (now, reserve) => {
    const there = kind === "apiKey" ? now?.apiKey : now?.keys?.[kind];
    const isThere = there !== undefined && (await openSecret(there, ctx, answers)) === old;
    if (!isThere)
      throw fail("storage_write_failed", "Another program has changed the credentials meanwhile.");
    await reserve();
    if (kind === "apiKey") return { ...now, apiKey: secret };
    const isSealed = typeof there !== "string";
    const sealed =
      isSealed && seal !== undefined && answers.localPassword != null
        ? (await seal.prepare(answers.localPassword))(secret)
        : secret;
    return {
      ...now,
      keys: { ...now?.keys, [kind]: sealed, names: { ...now?.keys?.names, [kind]: name } },
    };
  });
}
