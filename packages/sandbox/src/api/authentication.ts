import { formatTime, type Owner, type Registry } from "../registry.ts";
import { keyBySecret, keyEnded, noteKeyUse, type Permission } from "../store/keys.ts";
import { organizationById } from "../store/organizations.ts";
import { hashSecret } from "../store/secrets.ts";
import { noteSessionUse, sessionById, tokenByHash } from "../store/sessions.ts";
import { userById, userByPassword } from "../store/users.ts";
import { type ApiContext, badRequest, type Identity, knownDefect, refusal, unauthorized } from "./answer.ts";

/**
 * Finds the sender of a request. Without `authorization`, there is no sender.
 * @throws Refusal (401) for credentials that are wrong or have ended, and (400) for a deactivated account
 */
export async function authenticate(c: ApiContext): Promise<Identity | undefined> {
  const credentials = c.req.header("authorization");
  if (credentials === undefined) return undefined;
  const registry = c.var.registry;
  const identity = credentials.startsWith("Basic ")
    ? await byPassword(registry, credentials.slice("Basic ".length))
    : credentials.startsWith("Bearer ") && registry.behavior.oauth
      ? byToken(registry, credentials.slice("Bearer ".length))
      : byKey(c, credentials);
  if (identity.user?.active === 0) throw badRequest();
  return identity;
}

async function byPassword(registry: Registry, encoded: string): Promise<Identity> {
  const { basicAuth, basicWithoutColonFails } = registry.behavior;
  if (!basicAuth) {
    throw refusal(401, "Basic authentication is disabled. Update your client to use OAuth or an API key.", {
      "www-authenticate": 'Bearer realm="hex"',
    });
  }
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(encoded))
    throw unauthorized("invalid authentication information");
  const decoded = Buffer.from(encoded, "base64").toString();
  const colon = decoded.indexOf(":");
  if (colon < 0)
    throw basicWithoutColonFails ? knownDefect() : unauthorized("invalid authentication information");
  const user = await userByPassword(registry, decoded.slice(0, colon), decoded.slice(colon + 1));
  if (user === undefined) throw unauthorized("invalid username and password combination");
  return {
    owner: { userId: user.id, organizationId: null },
    user,
    organization: undefined,
    permissions: "everything",
  };
}

function byKey(c: ApiContext, secret: string): Identity {
  const registry = c.var.registry;
  const found = keyBySecret(registry, secret);
  if (found === undefined) throw unauthorized("invalid API key");
  if (keyEnded(registry, found)) throw unauthorized("API key revoked");
  const key = noteKeyUse(registry, found, {
    ip: clientAddress(c),
    used_at: formatTime(registry.clock.now()),
    user_agent: c.req.header("user-agent") ?? null,
  });
  return { ...ownerOf(registry, key), key, permissions: key.permissions };
}

function byToken(registry: Registry, secret: string): Identity {
  const token = tokenByHash(registry, "access", hashSecret(secret));
  const session = token && sessionById(registry, token.session_id);
  const now = registry.clock.now();
  if (
    token === undefined ||
    session === undefined ||
    token.revoked_at !== null ||
    token.access_ends_at <= now
  ) {
    throw unauthorized("invalid API key");
  }
  noteSessionUse(registry, session.id);
  const owner = { userId: session.user_id, organizationId: session.organization_id };
  return { ...ownerOf(registry, owner), token, permissions: scopePermissions(token.scope) };
}

function ownerOf(registry: Registry, owner: Owner): Pick<Identity, "owner" | "user" | "organization"> {
  return {
    owner: { userId: owner.userId, organizationId: owner.organizationId },
    user: owner.userId === null ? undefined : userById(registry, owner.userId),
    organization:
      owner.organizationId === null ? undefined : organizationById(registry, owner.organizationId),
  };
}

/** The permissions of an OAuth scope: `api:read repository:acme` has two. */
function scopePermissions(scope: string): Permission[] {
  return scope
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => {
      const colon = word.indexOf(":");
      return colon < 0
        ? { domain: word, resource: null }
        : { domain: word.slice(0, colon), resource: word.slice(colon + 1) };
    });
}

/** The address of the sender: the first address that a proxy names, or else the connection's. */
export function clientAddress(c: ApiContext): string {
  const forwarded = c.req.header("x-forwarded-for")?.split(",")[0]?.trim();
  return forwarded || (c.env.incoming.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, "");
}
