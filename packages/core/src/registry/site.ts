import type { Registry } from "../transport.ts";

/** The origin (scheme, host, port) to which credentials for this registry belong. */
export function originOf(registry: Pick<Registry, "apiUrl">): string {
  return new URL(registry.apiUrl).origin;
}

/** An address on the registry's site. Its base is the base of the API without `/api`. */
export function sitePage(registry: Pick<Registry, "apiUrl">, path: string): string {
  return registry.apiUrl.replace(/\/api$/, "") + path;
}

/** The pages of the registry's site that a new account accepts. */
export function termsPages(registry: Pick<Registry, "apiUrl">): string[] {
  return ["codeofconduct", "termsofservice", "privacy"].map((name) =>
    sitePage(registry, `/policies/${name}`),
  );
}

/**
 * Tells whether a page is on the registry's own host, so that hexuser may open it without asking. A registry on this
 * machine may name any page of this machine. A remote registry must not name a page of this machine.
 *
 * @param url a web address
 */
export function isOwnPage(registry: Pick<Registry, "apiUrl">, url: string): boolean {
  const { hostname } = new URL(url);
  const own = new URL(registry.apiUrl).hostname;
  return hostname === own || (isLoopback(hostname) && isLoopback(own));
}

/** The warning about a page on another host than the registry's. The person has to know whether to trust it. */
export function otherHostWarning(host: string): string {
  return `The page is on ${host}, which is not the registry's host. Open it only if you know that it belongs to the registry.`;
}

/**
 * Tells whether a host is this machine, by the names and addresses that never leave it (RFC 6761, 6.3; RFC 1122,
 * 3.2.1.3; RFC 4291, 2.5.3). This is the only definition.
 *
 * @param hostname as `URL.hostname` gives it: in lower case, IPv6 addresses in brackets
 */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}
