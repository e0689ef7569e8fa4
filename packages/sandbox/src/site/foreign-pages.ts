import type { MiddlewareHandler } from "hono";

/** Names under which a browser on this machine reaches the sandbox. */
const loopbackNames = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Keeps pages of other sites from changing anything here through the browser of the person who runs the sandbox:
 * a request that a browser sends says where its page is from, and that must be here; and a name that points to
 * this machine but is not one of its own (DNS rebinding) is not served. Programs send no `Origin`, and pass.
 */
export const refuseForeignPages: MiddlewareHandler = async (c, next) => {
  const host = c.req.header("host") ?? "";
  const origin = c.req.header("origin");
  const ownName = loopbackNames.includes(host.replace(/:\d+$/, ""));
  const changes = !["GET", "HEAD"].includes(c.req.method);
  const foreign = origin !== undefined && origin !== `http://${host}`;
  if (!ownName || (changes && (foreign || c.req.header("sec-fetch-site") === "cross-site"))) {
    return c.text("This request comes from another site's page.\n", 403);
  }
  return next();
};
