import { Hono } from "hono";
import { compress } from "hono/compress";
import type { Registry } from "../registry.ts";
import {
  type ApiContext,
  type ApiEnv,
  badRequest,
  invalid,
  notFound,
  Refusal,
  refusal,
  sendEmpty,
  sendJson,
} from "./answer.ts";
import { authenticate, clientAddress } from "./authentication.ts";
import { checkAccess } from "./authorization.ts";
import { keyRoutes } from "./key-routes.ts";
import { oauthRoutes } from "./oauth-routes.ts";
import { organizationRoutes } from "./organization-routes.ts";
import {
  acceptsJson,
  meantMethod,
  readFields,
  requestPath,
  requireReadablePath,
  requireUserAgent,
} from "./request.ts";
import { userRoutes } from "./user-routes.ts";

/**
 * Serves everything below `/api`. Checks a request in the order of the real servers: user agent, media types, body,
 * credentials, rate limit, and only then the endpoint.
 * @param counts the counters of the rate limit; a parameter, so that the caller can reset them
 */
export function createApiApp(registry: Registry, counts: RequestCounts): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ getPath: requestPath }).basePath("/api");
  if (registry.behavior.compresses) app.use(compress({ threshold: 0 }));
  app.use(async (c, next) => {
    c.set("registry", registry);
    requireUserAgent(c);
    if (!acceptsJson(c)) {
      return c.body("<!doctype html><title>Not acceptable</title><p>The API answers in JSON.", 406, {
        "cache-control": "max-age=0, private, must-revalidate",
        "content-type": "text/html; charset=utf-8",
      });
    }
    requireReadablePath(c);
    const { _method, ...fields } = await readFields(c);
    const method = meantMethod(c, { _method });
    if (method !== c.req.method) {
      const headers = new Headers(c.req.raw.headers);
      headers.set("content-type", "application/json");
      return app.fetch(new Request(c.req.url, { method, headers, body: JSON.stringify(fields) }), c.env);
    }
    c.set("fields", fields);
    c.set("identity", await authenticate(c));
    limitRate(c, counts);
    return next();
  });
  app.get("/", (c) => sendJson(c, 200, index(registry)));
  app.get("/auth", showAccess);
  app.get("/packages", (c) =>
    sendJson(c, 200, [], { "cache-control": "public, max-age=60", etag: "a52eab6056871e78f2296dc6d1f4aaaf" }),
  );
  app.post("/publish", () => {
    throw invalid({ tar: "tarball error, Unexpected end of file" });
  });
  app.route("/", userRoutes());
  app.route("/", keyRoutes());
  app.route("/", organizationRoutes());
  if (registry.behavior.oauth) app.route("/oauth", oauthRoutes());
  app.notFound((c) => sendRefusal(c, notFound()));
  app.onError((error, c) => {
    if (error instanceof Refusal) return sendRefusal(c, error);
    if (error instanceof URIError) return sendRefusal(c, badRequest());
    process.stderr.write(`hexuser-sandbox: ${error.stack ?? error.message}\n`);
    return sendRefusal(c, refusal(500, "Internal server error"));
  });
  return app;
}

function sendRefusal(c: ApiContext, { status, body, headers }: Refusal): Response {
  return sendJson(c, status, body, headers);
}

function showAccess(c: ApiContext): Response {
  const domain = c.req.query("domain");
  if (domain === undefined) throw refusal(400, 'missing required parameters: "domain"');
  const { key, user, organization } = checkAccess(c, domain, c.req.query("resource") ?? null);
  if (key === undefined || !c.var.registry.behavior.authDescribesKey) return sendEmpty(c, 204);
  const owner = user
    ? { type: "user", name: user.username }
    : { type: "organization", name: organization?.name };
  return sendJson(c, 200, { key: { name: key.name, owner } });
}

function index({ siteUrl, behavior }: Registry): Record<string, string> {
  const api = `${siteUrl}/api`;
  return {
    documentation_url: "http://docs.hexpm.apiary.io",
    key_url: `${api}/keys/{name}`,
    keys_url: `${api}/keys`,
    package_owners_url: `${api}/packages/{name}/owners`,
    package_release_url: `${api}/packages/{name}/releases/{version}`,
    ...(behavior.indexListsRetirement && { package_retirement_url: `${api}/packages/{name}/retire` }),
    package_url: `${api}/packages/{name}`,
    packages_url: `${api}/packages`,
  };
}

const minute = 60_000;

/** The numbers of requests by sender within the current minute of the clock. */
export type RequestCounts = Map<string, { minute: number; count: number }>;

/**
 * Counts a request against the limit of its user (or else its address), and writes the rest into the answer's
 * headers.
 * @throws Refusal (429) if the limit is exceeded
 */
function limitRate(c: ApiContext, counts: RequestCounts): void {
  const { settings, clock, behavior } = c.var.registry;
  const address = clientAddress(c);
  const loopback = address === "::1" || address.startsWith("127.");
  const counted = behavior.throttlesIndex || c.req.path.startsWith("/api/");
  if (!counted || (loopback && !settings.limitLoopback)) return;
  const { userId = null, organizationId = null } = c.var.identity?.owner ?? {};
  const sender =
    userId !== null
      ? `user ${userId}`
      : organizationId !== null
        ? `organization ${organizationId}`
        : `IP ${address}`;
  const limit = c.var.identity ? settings.userRateLimit : settings.addressRateLimit;
  const now = Math.floor(clock.now() / minute);
  const before = counts.get(sender);
  const count = before?.minute === now ? before.count + 1 : 1;
  counts.set(sender, { minute: now, count });
  c.header("x-ratelimit-limit", String(limit));
  c.header("x-ratelimit-remaining", String(Math.max(0, limit - count)));
  c.header("x-ratelimit-reset", String(((now + 1) * minute) / 1000));
  if (count > limit) throw refusal(429, `API rate limit exceeded for ${sender}`);
}
