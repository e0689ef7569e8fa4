import type { Registry } from "@hexuser/core";

/** Whether what is sent to the registry can be read on the way: it has an http address, on another machine. */
export function isUnencrypted({ apiUrl }: Pick<Registry, "apiUrl">): boolean {
  const { protocol, hostname } = new URL(apiUrl);
  return protocol === "http:" && !isLoopback(hostname);
}

/** The names and addresses that never leave the machine (RFC 6761, 6.3; RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). */
function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}
