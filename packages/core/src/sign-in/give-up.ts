import { describeKey } from "../account/owner.ts";
import { revokeKey } from "../account/revoke-key.ts";
import type { AuthMethod, Credentials } from "../auth-method.ts";
import type { Context } from "../context.ts";
import { type FailureCode, FailureError } from "../failure.ts";
import { isNotRegistry } from "../hex-api/answer.ts";
import { quoteName } from "../hex-api/key-record.ts";
import { sendAs } from "../registry/registry-request.ts";
import { type ClassicKeys, isSealed, type KeyKind, type StoredCredentials } from "../stored-credentials.ts";
import { isSameOwner, type Proof, proveKeys } from "./prove-keys.ts";

/** What happened to the credentials at the registry. */
export interface GivenUp {
  readonly sessionEnded: boolean;
  /** The names of the revoked keys. */
  readonly revoked: readonly string[];
  readonly alive: readonly Alive[];
}

/** A credential that the registry still accepts, and the reason, both in words for a person. */
interface Alive {
  readonly what: string;
  readonly why: string;
  /** The cause. It's absent if hexuser didn't try, because it lacks the key that could revoke this one. */
  readonly code?: FailureCode | undefined;
}

/** The credential that signs the revocation of keys. */
export interface Signature {
  readonly authorization: string;
  readonly otp?: string | undefined;
  /** The person gave this key. If it's one of the keys to revoke, it stays. */
  readonly isBrought?: boolean;
}

/**
 * Ends the session and revokes the keys of a classic sign-in at the registry. If the registry or the network refuses a
 * revocation, this function doesn't throw but lists the credential under `alive`. A key that the person gave stays.
 * Fails if a server that isn't a Hex registry answers (`isNotRegistry`): the state of the credentials is unknown then,
 * so the caller must not forget them.
 *
 * @param signature another credential that can sign, for when the write key is sealed
 */
export async function giveUp(
  stored: Pick<StoredCredentials, "session" | "keys">,
  ctx: Context,
  signature?: Signature,
): Promise<GivenUp> {
  const alive: Alive[] = [];
  let sessionEnded = false;
  const { session, keys } = stored;
  const revoke = session && (await findRevoker("session", ctx));
  if (session !== undefined && revoke !== undefined) {
    const failed = await reasonOf(() => revoke({ kind: "session", session }, ctx));
    if (failed === undefined) sessionEnded = true;
    else alive.push({ what: "the session", ...failed });
  }
  const revoked = keys === undefined ? [] : await revokeKeys(keys, ctx, signature, alive);
  return { sessionEnded, revoked, alive };
}

/** Finds the function that revokes credentials of that kind, whichever method made them. */
async function findRevoker(kind: Credentials["kind"], ctx: Context): Promise<AuthMethod["revoke"]> {
  const methods = await ctx.authMethods();
  return methods.find(({ yields, revoke }) => yields === kind && revoke !== undefined)?.revoke;
}

/**
 * Revokes the three keys. It revokes only the keys that their secrets prove to exist, and the key that signs comes
 * last.
 */
async function revokeKeys(
  keys: ClassicKeys,
  ctx: Context,
  signature: Signature | undefined,
  alive: Alive[],
): Promise<string[]> {
  const write = keys.write !== undefined && !isSealed(keys.write) ? keys.write : undefined;
  const signed: Signature | undefined = write === undefined ? signature : { authorization: write };
  const proofs = (await proveKeys(keys, write, ctx)).filter(({ state }) => state !== "dead");
  const imposter = proofs.find(({ failure }) => isNotRegistry(failure));
  if (imposter?.failure !== undefined) throw imposter.failure;
  if (signed === undefined) {
    alive.push(...proofs.map((proof) => leftAlone(proof, keys)));
    return [];
  }
  const mayRevoke =
    proofs.length > 0 && (write !== undefined || (await isSameOwner(keys.read, signed.authorization, ctx)));
  const signer = mayRevoke && signature?.isBrought === true ? await nameOf(signature, ctx) : undefined;
  const revoked: string[] = [];
  for (const { kind, name, state, failure } of proofs) {
    const what = describe(kind, name ?? keys.names?.[kind]);
    if (name !== undefined && name === signer) continue;
    if (state === "unknown" && failure !== undefined) {
      alive.push({ what, ...reasonIn(failure) });
    } else if (!mayRevoke) {
      alive.push({ what, why: "it may be another account's" });
    } else if (name === undefined || state === "unknown") {
      alive.push({ what, why: "the registry didn't tell which one it is", code: "not_supported" });
    } else {
      const send = sendAs(ctx, { authorization: signed.authorization, otp: signed.otp });
      const failed = await reasonOf(async () => {
        await revokeKey(name, send, ctx);
      });
      if (failed === undefined) revoked.push(name);
      else alive.push({ what, ...failed });
    }
  }
  return revoked;
}

async function nameOf({ authorization }: Signature, ctx: Context): Promise<string | undefined> {
  let name: string | undefined;
  await reasonOf(async () => {
    name = (await describeKey(sendAs(ctx, { authorization })))?.name;
  });
  return name;
}

function leftAlone({ kind, name, state }: Proof, keys: ClassicKeys): Alive {
  const why =
    keys.write === undefined
      ? "the key that could revoke it isn't kept here"
      : "the local password encrypts the key that could revoke it";
  const isSure = state === "alive";
  return {
    what: describe(kind, name ?? keys.names?.[kind]),
    why: isSure ? why : `unless it was revoked elsewhere; ${why}`,
  };
}

function describe(kind: KeyKind, name: string | undefined): string {
  return name === undefined ? `the ${kind} key` : `the key ${quoteName(name)}`;
}

type Reason = Required<Pick<Alive, "why" | "code">>;

async function reasonOf(act: () => Promise<void>): Promise<Reason | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof FailureError && !isNotRegistry(error)) return reasonIn(error);
    throw error;
  }
}

function reasonIn({ failure }: FailureError): Reason {
  return { why: failure.message.replace(/\.$/, ""), code: failure.code };
}
