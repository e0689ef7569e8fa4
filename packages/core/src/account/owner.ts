import { FailureError } from "../failure.ts";
import { listOrganizations, readAuth, readOwnUser, type User } from "../hex-api/accounts.ts";
import { formatPermission } from "../hex-api/key-record.ts";
import { listKeys } from "../hex-api/keys.ts";
import type { Whose } from "../hex-api/refusal.ts";
import { type RequestContext, type Send, sendAs } from "../registry/registry-request.ts";
import type { ClassicKeys } from "../stored-credentials.ts";

/** The owner of the credential that signs, and the name of the key if the registry tells it. */
export interface Owner {
  readonly type: "user" | "organization";
  readonly name: string;
  readonly keyName?: string;
  /** The registry's description of a user. */
  readonly user?: User;
}

/** Finds the owner of a credential, as far as the registry tells it. Fails as `Answer.accept` does. */
export async function findOwner(send: Send, whose?: Whose): Promise<Owner | typeof untold | undefined> {
  const user = await readOwnUser(send);
  if (user.isMissing) return findKeyOwner(send, whose);
  const account = user.accept(whose);
  return { type: "user", name: account.username, user: account };
}

/** The registry accepts the credential of an organization but doesn't tell which organization owns it. */
export const untold = "untold";

/**
 * Finds the owner of a credential for which the registry has no user and no keys of a user. Older registries never name
 * the owner, and no registry names the owner of a token. But they list the organizations of the credential, and the
 * credential of an organization has only one.
 */
export async function findKeyOwner(send: Send, whose?: Whose): Promise<Owner | typeof untold | undefined> {
  const auth = await readAuth(send, "api");
  if (auth.isMissing) return undefined;
  const key = auth.status >= 500 ? null : auth.accept(whose);
  if (key?.owner != null) {
    const { type, name } = key.owner;
    return { type: type === "organization" ? "organization" : "user", name, keyName: key.name };
  }
  const list = await listOrganizations(send);
  if (list.status !== 200) return untold;
  const [only, ...others] = list.accept(whose);
  return only !== undefined && others.length === 0 ? { type: "organization", name: only.name } : untold;
}

/** A key as the registry describes it. Times are in ISO 8601; `null` means never or unknown. */
export interface KeyDescription {
  readonly name: string;
  readonly expiresAt: string | null;
  readonly madeAt: string | null;
  readonly permissions: string[];
}

/**
 * Describes the key that signs, which the list of keys marks. If an organization is the `owner`, the key is in the
 * organization's list. Returns `undefined` if the key may not read the list or is no longer valid.
 */
export async function describeKey(send: Send, owner?: Owner): Promise<KeyDescription | undefined> {
  const { value = [] } = await listKeys(send, owner?.type === "organization" ? owner.name : undefined);
  const own = value.find((key) => key.authing_key);
  return own === undefined
    ? undefined
    : {
        name: own.name,
        expiresAt: own.revoke_at ?? null,
        madeAt: own.inserted_at ?? null,
        permissions: own.permissions.map(formatPermission),
      };
}

/** Finds the name of the read key. Other clients don't store names, but a read key that is alive can tell its own. */
export async function findReadKeyName(
  keys: ClassicKeys | undefined,
  ctx: RequestContext,
): Promise<string | undefined> {
  if (keys?.read === undefined || keys.names?.read !== undefined) return keys?.names?.read;
  try {
    return (await describeKey(sendAs(ctx, { authorization: keys.read })))?.name;
  } catch (error) {
    if (error instanceof FailureError) return undefined;
    throw error;
  }
}
