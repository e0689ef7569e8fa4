import { isLoopback, isReadableOnTheWay, TransportError } from "@hexuser/core";

/** The proxies to go through, as `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` (or `hex.config`) name them. */
export interface ProxySettings {
  /** For http addresses: `http://user:password@host:port`. */
  readonly http?: string | undefined;
  /** For https addresses; the connection is tunnelled (RFC 9110, 9.3.6). */
  readonly https?: string | undefined;
  /** For addresses that neither of them covers. */
  readonly all?: string | undefined;
  /** Hosts that are reached directly, separated by commas. */
  readonly no?: string | undefined;
}

export interface ProxyServer {
  readonly kind: "http" | "socks";
  /** With the credentials: for the code that connects, never for a message. */
  readonly url: string;
  /** Scheme, host and port: for messages. */
  readonly origin: string;
  readonly hasCredentials: boolean;
}

/** The schemes that curl and others use for SOCKS 5 (RFC 1928). The proxy looks up the names of hosts for each. */
const socksSchemes: readonly string[] = ["socks5:", "socks5h:", "socks:"];

/**
 * Finds the proxy for a target. A proxy that hexuser doesn't understand is an error, never a direct connection,
 * because the person meant the traffic to go another way.
 *
 * @throws {TransportError} `unreachable` if the setting is no http, https or SOCKS 5 URL. The message doesn't repeat
 * it, because it may hold a password.
 */
export function proxyFor(target: URL, settings: ProxySettings): ProxyServer | undefined {
  const isSecure = target.protocol === "https:";
  const own = (isSecure ? settings.https : settings.http)?.trim();
  const setting = own || settings.all?.trim();
  if (!setting || isReachedDirectly(target, settings.no ?? "")) {
    return undefined;
  }
  const name = own ? (isSecure ? "HTTPS_PROXY" : "HTTP_PROXY") : "ALL_PROXY";
  const url = parseProxyUrl(setting);
  if (url === undefined || url.hostname === "" || hasMoreThanHost(url)) {
    const hint = /[#/?\\]/.test(setting.replace(/^[^:/]*:\/\//, ""))
      ? "; in a user name or password, #, /, ? and \\ must be percent-encoded (%23, %2F, %3F, %5C)"
      : "";
    throw new TransportError("unreachable", `the proxy setting (${name}) is not an address${hint}`);
  }
  const kind = socksSchemes.includes(url.protocol) ? "socks" : "http";
  if (kind === "http" && url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TransportError(
      "unreachable",
      `the proxy setting (${name}) is not an address that begins with http://, https:// or socks5://`,
    );
  }
  return {
    kind,
    url: `${url.protocol}//${userinfo(url)}${url.host}`,
    origin: `${url.protocol}//${url.host}`,
    hasCredentials: url.username !== "" || url.password !== "",
  };
}

/**
 * The meaning that mix hex (Erlang's httpc) gives `NO_PROXY`: a host name matches only itself,
 * `.example.org` and `*.example.org` for the domain and all in it, the beginning of an IPv4 address (`10.1`)
 * for all such addresses. Besides, as curl does it: `*` for every host, `host:port`, and `10.0.0.0/8` (CIDR, RFC 4632) for
 * the addresses of a network.
 */
function isReachedDirectly(target: URL, list: string): boolean {
  const host = withoutBrackets(target.hostname.toLowerCase());
  const port = target.port || (target.protocol === "https:" ? "443" : "80");
  return list
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== "" && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*" || withoutBrackets(entry) === host) {
    return true;
  }
  if (entry === `${host.includes(":") ? `[${host}]` : host}:${port}`) {
    return true;
  }
  if (entry.includes("/")) {
    return isInNetwork(entry, host);
  }
  if (entry.startsWith("*.") || entry.startsWith(".")) {
    const domain = entry.slice(entry.indexOf(".") + 1);
    return domain !== "" && (host === domain || host.endsWith(`.${domain}`));
  }
  const isAddressPart = /^\d{1,3}(\.\d{1,3}){0,2}\.?$/.test(entry);
  return isAddressPart && /^[\d.]+$/.test(host) && host.startsWith(entry.endsWith(".") ? entry : `${entry}.`);
}

/** Whether an address is in a network like `10.0.0.0/8` or `fd00::/8`. Names of hosts are in none. */
function isInNetwork(entry: string, host: string): boolean {
  const { BlockList, isIP } = process.getBuiltinModule("node:net");
  const [network = "", prefix = ""] = entry.split("/");
  const family = isIP(network) === 6 ? "ipv6" : "ipv4";
  const longest = family === "ipv6" ? 128 : 32;
  if (isIP(network) === 0 || isIP(network) !== isIP(host)) return false;
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > longest) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family);
  return list.check(host, family);
}

/** `proxy.example.org:3128`, as many write it, is understood as an http proxy. */
function parseProxyUrl(setting: string): URL | undefined {
  const address = setting.includes("://") ? setting : `http://${setting}`;
  return URL.canParse(address) ? new URL(address) : undefined;
}

/** Such a character in a password begins a path, a query or a hash, and makes the user name the host. */
function hasMoreThanHost({ pathname, search, hash }: URL): boolean {
  return (pathname !== "" && pathname !== "/") || search !== "" || hash !== "";
}

/** Node's agent decodes the part before the `@`. A `%` that begins no escape must not make it throw. */
function userinfo(url: URL): string {
  if (url.username === "" && url.password === "") {
    return "";
  }
  return `${decodable(url.username)}:${decodable(url.password)}@`;
}

function decodable(text: string): string {
  try {
    decodeURIComponent(text);
    return text;
  } catch {
    return text.replaceAll("%", "%25");
  }
}

function withoutBrackets(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

/** Whether requests to a registry on this machine go through a proxy on another machine, over plain http. */
export function isReadableByProxy(apiUrl: string, proxies: ProxySettings): boolean {
  const target = new URL(apiUrl);
  if (target.protocol !== "http:" || isReadableOnTheWay(apiUrl)) return false;
  try {
    const proxy = proxyFor(target, proxies);
    return proxy !== undefined && !isLoopback(new URL(proxy.origin).hostname);
  } catch {
    // Nothing is sent through a proxy that can't be understood.
    return false;
  }
}
