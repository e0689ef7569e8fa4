import type { Context } from "../context.ts";
import type { Event } from "../event.ts";
import { FailureError, fail } from "../failure.ts";
import { hint } from "../hint.ts";
import type { Session } from "../stored-credentials.ts";
import { accountOf, type CredentialInUse } from "./credential-in-use.ts";

/** Seconds before a token expires. A refresh is due from then on. */
const refreshBefore = 300;

type SessionContext = Pick<
  Context,
  "registry" | "http" | "clock" | "hostname" | "emit" | "signal" | "credentials" | "authMethods" | "profile"
>;

/**
 * Refreshes the session's token if it expires within five minutes. If that fails for now, the token is used unchanged.
 */
export async function freshSession(
  credential: CredentialInUse,
  ctx: SessionContext,
): Promise<CredentialInUse> {
  const session = credential.stored.session;
  const secondsLeft = session === undefined ? 0 : session.expiresAt - ctx.clock.now() / 1000;
  if (session?.refreshToken === undefined || secondsLeft > refreshBefore) return credential;
  try {
    return await renewSession(credential, ctx);
  } catch (error) {
    if (secondsLeft <= 0 || !(error instanceof FailureError)) throw error;
    // After any other failure, the token is still valid, so it can sign the request.
    if (error.failure.code === "authentication_required") throw error;
    if (isOfStorage(error)) {
      const { message, hint } = error.failure;
      const text = `The session ends soon and can't be renewed now, because its new tokens could not be stored. ${message}`;
      ctx.emit({ type: "warning", message: text, hint });
    }
    return credential;
  }
}

/**
 * Refreshes the session under the lock of its backend. It reads the session again under the lock and uses a session
 * that another process has refreshed meanwhile, so only one of several processes refreshes. It makes sure that the
 * backend can store the new tokens before it spends the old ones. If storing fails nevertheless, it warns and uses the
 * new tokens.
 *
 * Fails with `authentication_required` if the registry has ended the session. A temporary failure keeps the tokens.
 */
export async function renewSession(
  credential: CredentialInUse,
  ctx: SessionContext,
): Promise<CredentialInUse> {
  const used = credential.stored.session;
  if (used?.refreshToken === undefined) throw ended();
  const refresh = (await ctx.authMethods()).find((method) => method.refresh !== undefined)?.refresh;
  if (refresh === undefined) throw ended();
  let renewed: Session | undefined;
  const change: Parameters<typeof ctx.credentials.update>[1] = async (now, reserve) => {
    if (now?.session === undefined) throw ended();
    if (now.session.accessToken !== used.accessToken) {
      renewed = now.session;
      return now;
    }
    await reserve();
    try {
      // An interruption between the registry's answer and the write would lose the session.
      const undisturbed = { ...ctx, signal: new AbortController().signal };
      const credentials = await refresh({ kind: "session", session: now.session }, undisturbed);
      if (credentials.kind !== "session") throw ended();
      renewed = credentials.session;
    } catch (error) {
      if (!(error instanceof FailureError) || error.failure.code !== "authentication_required") throw error;
      renewed = await changedByOthers(now.session, ctx);
      if (renewed === undefined) throw ended();
      return now;
    }
    return { ...now, session: renewed };
  };
  try {
    await ctx.credentials.update(accountOf(ctx), change);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    if (renewed !== undefined) {
      ctx.emit(notStored(error));
    } else {
      // The process that held the lock so long may have refreshed the session.
      if (error.failure.code === "storage_locked") renewed = await changedByOthers(used, ctx);
      if (renewed === undefined) throw error;
    }
  }
  if (renewed === undefined) throw ended();
  const stored = { ...credential.stored, session: renewed };
  return { ...credential, stored, authorization: `Bearer ${renewed.accessToken}` };
}

/**
 * Returns the session if another program has replaced it meanwhile. mix hex takes no lock, so the registry's refusal
 * counts only if the stored tokens are still the ones that were sent.
 */
async function changedByOthers(sent: Session, ctx: SessionContext): Promise<Session | undefined> {
  const now = await ctx.credentials.read(accountOf(ctx));
  return now?.session !== undefined && now.session.accessToken !== sent.accessToken ? now.session : undefined;
}

function notStored({ failure: { message, hint: before = [], details } }: FailureError): Event {
  const isKept = details?.keptIn !== undefined;
  const fate = isKept ? `are in ${details.keptIn} until a command can store them` : "could not be stored";
  return {
    type: "warning",
    message: `${message} The session's new tokens ${fate}.`,
    hint: isKept ? before : hint`${before} Then sign in again with ${{ call: "auth" }}.`,
  };
}

function isOfStorage({ failure: { code } }: FailureError): boolean {
  return code.startsWith("storage_");
}

function ended(): FailureError {
  return fail("authentication_required", "The session has ended.", {
    hint: hint`sign in again with ${{ call: "auth" }}.`,
    details: { reason: "session_ended" },
  });
}
