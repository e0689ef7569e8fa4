import { isLoopback, isReadableOnTheWay, TransportError } from "@hexuser/core";

/** The proxies, as `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` (or `hex.config`) name them. */
export interface ProxySettings {
  /** For http addresses: `http://user:password@host:port`. */
  readonly http?: string | undefined;
  /** For https addresses, through a tunnel (RFC 9110, 9.3.6). */
  readonly https?: string | undefined;
  /** For addresses without one of the others. */
  readonly all?: string | undefined;
  /** Hosts without a proxy, separated by commas. */
  readonly no?: string | undefined;
}

export interface ProxyServer {
  readonly kind: "http" | "socks";
  /** With the credentials. Use it only to connect, never in a message. */
  readonly url: string;
  /** Scheme, host and port, for messages. */
  readonly origin: string;
  readonly hasCredentials: boolean;
}

/** The schemes that curl and others use for SOCKS 5 (RFC 1928). For all of them, the proxy looks up host names. */
const socksSchemes: readonly string[] = ["socks5:", "socks5h:", "socks:"];

/**
 * Finds the proxy for a target. If hexuser doesn't understand the setting, it fails and never connects directly,
 * because the person wanted the traffic to take another way.
 *
 * @throws {TransportError} `unreachable` if the setting isn't an http, https or SOCKS 5 URL. The message doesn't repeat
 *   it, because it may hold a password.
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
 * Tells whether `NO_PROXY` covers a target, as in mix hex (Erlang's httpc): a host name matches only itself,
 * `.example.org` and `*.example.org` match the domain and all hosts in it, and the beginning of an IPv4 address
 * (`10.1`) matches all such addresses. As in curl, it also takes `*` for every host, `host:port`, and `10.0.0.0/8`
 * (CIDR, RFC 4632) for a network.
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

/** Tells whether an address is in a network such as `10.0.0.0/8` or `fd00::/8`. A host name never is. */
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

/** Many people write `proxy.example.org:3128` for an http proxy. */
function parseProxyUrl(setting: string): URL | undefined {
  const address = setting.includes("://") ? setting : `http://${setting}`;
  return URL.canParse(address) ? new URL(address) : undefined;
}

/**
 * An unencoded character of a password may begin a path, a query or a hash. The user name would then count as the host.
 */
function hasMoreThanHost({ pathname, search, hash }: URL): boolean {
  return (pathname !== "" && pathname !== "/") || search !== "" || hash !== "";
}

/** Node's agent decodes the part before the `@` and throws if a `%` isn't part of an escape. So escape it. */
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

/** Tells whether requests to a registry on this machine use plain http to a proxy on another machine. */
export function isReadableByProxy(apiUrl: string, proxies: ProxySettings): boolean {
  const target = new URL(apiUrl);
  if (target.protocol !== "http:" || isReadableOnTheWay(apiUrl)) return false;
  try {
    const proxy = proxyFor(target, proxies);
    return proxy !== undefined && !isLoopback(new URL(proxy.origin).hostname);
  } catch {
    // If hexuser can't understand the proxy, it sends nothing through it.
    return false;
  }
}
