import type { Context } from "../context.ts";
import { type FailureCode, FailureError } from "../failure.ts";
import { quoteName } from "../registry/key-name.ts";
import { pathSegment } from "../registry/path-segment.ts";
import { refusal } from "../registry/registry-refusal.ts";
import { requestRegistry } from "../registry/registry-request.ts";
import { type ClassicKeys, isSealed, type KeyKind, type StoredCredentials } from "../stored-credentials.ts";
import { isSameOwner, proveKeys } from "./prove-keys.ts";

/** What became of credentials at the registry. */
export interface GivenUp {
  /** Whether a session was ended. */
  readonly sessionEnded: boolean;
  /** Names of the keys that were revoked. */
  readonly revoked: readonly string[];
  readonly alive: readonly Alive[];
}

/** What is still good at the registry, in words for a person, and why. */
export interface Alive {
  readonly what: string;
  readonly why: string;
  /** What went wrong; nothing did where it was left alone, since what could end it isn't here. */
  readonly code?: FailureCode | undefined;
}

/** How the registry is asked to revoke keys. */
export interface Signature {
  readonly authorization: string;
  readonly otp?: string | undefined;
}

/**
 * Ends the session and revokes the keys of a classic sign-in at the registry. Never throws for what the registry
 * or the network does: what is still alive is told. A key that the person brought is left alone.
 *
 * @param signature what else can sign, where the write key is sealed
 */
export async function giveUp(
  stored: Pick<StoredCredentials, "session" | "keys">,
  ctx: Context,
  signature?: Signature,
): Promise<GivenUp> {
  const alive: Alive[] = [];
  let sessionEnded = false;
  const method = ctx.authMethods.find((candidate) => candidate.id === "device");
  if (stored.session !== undefined && method?.revoke !== undefined) {
    const failed = await reasonOf(() =>
      (method.revoke as NonNullable<typeof method.revoke>)(
        { kind: "session", session: stored.session as NonNullable<typeof stored.session> },
        ctx,
      ),
    );
    if (failed === undefined) sessionEnded = true;
    else alive.push({ what: "the session", ...failed });
  }
  const revoked = stored.keys === undefined ? [] : await revokeKeys(stored.keys, ctx, signature, alive);
  return { sessionEnded, revoked, alive };
}

/** Revokes the three keys, the one that signs last; only those that the secrets prove to be these. */
async function revokeKeys(
  keys: ClassicKeys,
  ctx: Context,
  signature: Signature | undefined,
  alive: Alive[],
): Promise<string[]> {
  const write = keys.write !== undefined && !isSealed(keys.write) ? keys.write : undefined;
  const signed = write === undefined ? signature : { authorization: write };
  if (signed === undefined) {
    const present = (["repositories", "read", "write"] as const).filter((kind) => keys[kind] !== undefined);
    const why =
      keys.write === undefined
        ? "the key that could revoke it isn't kept here"
        : "the key that could revoke it lies under the local password";
    alive.push(...present.map((kind) => ({ what: describe(kind, keys.names?.[kind]), why })));
    return [];
  }
  const proofs = (await proveKeys(keys, write, ctx)).filter(({ state }) => state !== "dead");
  const mayRevoke =
    proofs.length > 0 && (write !== undefined || (await isSameOwner(keys.read, signed.authorization, ctx)));
  const revoked: string[] = [];
  for (const { kind, name, state, failure } of proofs) {
    const what = describe(kind, name);
    if (state === "unknown" && failure !== undefined) {
      alive.push({ what, ...reasonIn(failure) });
    } else if (!mayRevoke) {
      alive.push({ what, why: "it may be another account's" });
    } else if (name === undefined || state === "unknown") {
      alive.push({ what, why: "the registry didn't tell which one it is", code: "registry_unavailable" });
    } else {
      const failed = await reasonOf(() => revokeKey(name, signed, ctx));
      if (failed === undefined) revoked.push(name);
      else alive.push({ what, ...failed });
    }
  }
  return revoked;
}

function describe(kind: KeyKind, name: string | undefined): string {
  return name === undefined ? `the ${kind} key` : `the key ${quoteName(name)}`;
}

/** A key that is gone already is as good as revoked. */
async function revokeKey(name: string, signature: Signature, ctx: Context): Promise<void> {
  const path = `/keys/${pathSegment(name)}`;
  const response = await requestRegistry({ method: "DELETE", path, ...signature }, ctx);
  if (response.status > 299 && response.status !== 404) throw refusal(response);
}

type Reason = Required<Pick<Alive, "why" | "code">>;

async function reasonOf(act: () => Promise<void>): Promise<Reason | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof FailureError) return reasonIn(error);
    throw error;
  }
}

function reasonIn({ failure }: FailureError): Reason {
  return { why: failure.message.replace(/\.$/, ""), code: failure.code };
}
