import type { HttpResponse } from "@hexuser/core";

/** Headers that only a proxy's own answer has (RFC 9110, 11.7.1; RFC 9209 where it names an error; Squid). */
const proxyHeaders = ["proxy-authenticate", "x-squid-error"];

/**
 * Whether an answer that came through a proxy for http is the proxy's own refusal. A 407 always is. A 403 is the
 * registry's where it's JSON with a message, as the Hex API has it; a proxy's is a page or nothing.
 */
export function isProxyRefusal(response: HttpResponse): boolean {
  const { status, headers } = response;
  if (status === 407) return true;
  if (status !== 403) return false;
  const isMarked =
    proxyHeaders.some((name) => headers[name] !== undefined) ||
    /;\s*error=/.test(headers["proxy-status"] ?? "");
  return isMarked || !isRegistryError(response.body);
}

function isRegistryError(body: string): boolean {
  try {
    const error: unknown = JSON.parse(body);
    return typeof error === "object" && error !== null && ("message" in error || "error" in error);
  } catch {
    return false;
  }
}
