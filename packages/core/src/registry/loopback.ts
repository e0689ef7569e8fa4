/**
 * Whether a host is this machine: the names and addresses that never leave it (RFC 6761, 6.3; RFC 1122, 3.2.1.3;
 * RFC 4291, 2.5.3). This is the only definition.
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
