import { connect, type Socket } from "node:net";
import { TransportError } from "@hexuser/core";
import { SocksClient } from "socks";
import type { ProxyServer } from "./proxy.ts";

const defaultPort = 1080;

/** The refusals of a proxy (RFC 1928, 6), by the library's names. */
const refusals: Readonly<Record<string, string>> = {
  Failure: "it failed, and gave no reason",
  NotAllowed: "its rules don't allow the connection",
  NetworkUnreachable: "it can't reach the network",
  HostUnreachable: "it can't reach the host",
  ConnectionRefused: "the host refused the connection",
  TTLExpired: "the way to the host is too long",
  CommandNotSupported: "it doesn't connect programs to hosts",
  AddressNotSupported: "it doesn't support this kind of address",
};

/**
 * Connects to a target through a SOCKS 5 proxy (RFC 1928, and RFC 1929 for a user name and a password). The proxy looks
 * up the host name.
 *
 * @param signal closes the connection, even while the proxy keeps hexuser waiting
 * @throws {TransportError} `proxy` if the proxy doesn't accept this user or SOCKS 5 can't send the credentials,
 *   `unreachable` for other refusals. If the proxy itself can't be reached, it throws Node's error.
 */
export async function connectThroughSocks(
  proxy: ProxyServer,
  target: URL,
  signal: AbortSignal,
): Promise<Socket> {
  const { hostname, port } = new URL(proxy.url);
  const credentials = readCredentials(proxy);
  // If the signal was aborted while this module was loading, its event won't come any more.
  if (signal.aborted) {
    throw new TransportError("aborted", `the request to ${target.origin} was given up`);
  }
  const socket = connect({ host: withoutBrackets(hostname), port: Number(port) || defaultPort });
  signal.addEventListener("abort", () => socket.destroy(), { once: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed")));
  });
  try {
    await SocksClient.createConnection({
      proxy: {
        host: withoutBrackets(hostname),
        port: Number(port) || defaultPort,
        type: 5,
        ...credentials,
      },
      command: "connect",
      destination: {
        host: withoutBrackets(target.hostname),
        port: Number(target.port) || (target.protocol === "https:" ? 443 : 80),
      },
      existing_socket: socket,
      // The time limit of the request ends this as well.
      timeout: 2 ** 31 - 1,
    });
  } catch (cause) {
    socket.destroy();
    throw refusal(proxy, target, cause as Error);
  }
  return socket;
}

/** The library would throw an uncatchable error for a length that doesn't fit into a byte. */
function readCredentials({ url, hasCredentials }: ProxyServer): { userId?: string; password?: string } {
  if (!hasCredentials) return {};
  const { username, password } = new URL(url);
  const credentials = { userId: decodeURIComponent(username), password: decodeURIComponent(password) };
  if (Object.values(credentials).some((text) => text === "" || Buffer.byteLength(text) > 255)) {
    throw new TransportError(
      "proxy",
      "SOCKS 5 can't send the user name and password of the proxy setting: each must have 1 to 255 bytes",
    );
  }
  return credentials;
}

/** The library gives the reason only in its message. */
function refusal({ origin, hasCredentials }: ProxyServer, target: URL, cause: Error): TransportError {
  const place = `the proxy ${origin} refused to connect to ${target.origin}`;
  if (/authentication/i.test(cause.message)) {
    const reason = hasCredentials
      ? "it does not accept the user name and password of the proxy setting"
      : "it asks for a user name and a password";
    return new TransportError("proxy", `${place}: ${reason}`, { cause });
  }
  const [, code = ""] = / - (\w+)$/.exec(cause.message) ?? [];
  const isEnded = /^Socket closed$|\b(?:ECONNRESET|EPIPE)$/.test(cause.message);
  const reason = isEnded
    ? "it ended the connection"
    : (refusals[code] ?? "its answer is not that of a SOCKS 5 proxy");
  return new TransportError("unreachable", `${place}: ${reason}`, { cause });
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
