import type { HttpBindings } from "@hono/node-server";

/**
 * The path of a request as the real servers see it: without the query and without empty segments, so that a doubled
 * slash or one at the end changes nothing. It comes from the request line, because a URL resolves `..` and `%2E%2E`,
 * and both can be the name of a key.
 */
export function requestPath(request: Request, options?: { env?: Partial<HttpBindings> }): string {
  const target = options?.env?.incoming?.url;
  const path = target?.startsWith("/") ? (target.split("?")[0] ?? "") : new URL(request.url).pathname;
  return `/${path
    .split("/")
    .filter((segment) => segment !== "")
    .join("/")}`;
}
