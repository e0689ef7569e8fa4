import { TransportError, type TransportErrorKind } from "@hexuser/core";
import type { ProxyServer } from "./proxy.ts";

/** The target of a failed exchange. */
export interface Destination {
  /** Scheme, host and port. The path could hold a name or a secret. */
  readonly origin: string;
  readonly proxy: ProxyServer | undefined;
}

/** The fields of Node's errors. hexuser never shows their message unchanged, because it may repeat the request. */
interface NodeError {
  readonly code?: string;
  readonly syscall?: string;
  readonly statusCode?: number;
  readonly message?: string;
}

const connectReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "there is no host of this name",
  EAI_AGAIN: "the name could not be looked up; is this machine connected?",
  EHOSTUNREACH: "there is no way to the host; is this machine connected?",
  ENETUNREACH: "there is no way to its network; is this machine connected?",
  ENETDOWN: "the network is down",
  ETIMEDOUT: "no answer",
  ECONNRESET: "the connection was reset",
  EADDRNOTAVAIL: "this machine has no address for it",
  EACCES: "this machine doesn't allow the connection",
  EPERM: "this machine doesn't allow the connection",
};

const certificateReasons: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "its chain ends in a self-signed certificate that is not trusted here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its issuer is not known here",
  UNABLE_TO_GET_ISSUER_CERT: "its issuer is not known here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its issuer is not known here",
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet; is the clock of this machine right?",
  CERT_REVOKED: "it was revoked",
  CERT_SIGNATURE_FAILURE: "its signature is wrong",
  ERR_TLS_CERT_ALTNAME_INVALID: "it was made for another host name",
  HOSTNAME_MISMATCH: "it was made for another host name",
  INVALID_PURPOSE: "it was not made for a server",
  INVALID_CA: "it was issued by a certificate that may not issue any",
  PATH_LENGTH_EXCEEDED: "its chain is too long",
  CERT_UNTRUSTED: "its issuer is not trusted here",
  CERT_REJECTED: "its issuer is not trusted here",
};

const unknownIssuers: readonly string[] = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
];

/** Tells whether a certificate was refused because its issuer isn't trusted here. */
export function isIssuerUnknown(error: unknown): boolean {
  const cause = error instanceof TransportError ? (error.cause as NodeError | undefined) : undefined;
  return cause?.code !== undefined && unknownIssuers.includes(cause.code);
}

/** Makes the error for a response that is invalid or that hexuser won't read. */
export function refuseResponse(
  kind: TransportErrorKind,
  { origin }: Destination,
  what: string,
  cause?: unknown,
): TransportError {
  return new TransportError(kind, `${origin} ${what}`, cause === undefined ? {} : { cause });
}

/** Makes the error for a proxy that answered with this status instead of passing on the request. */
export function proxyRefusal(
  destination: Destination,
  proxy: ProxyServer,
  status: number | undefined,
): TransportError {
  const reason =
    status !== 407
      ? `it answered ${Number.isInteger(status) ? `with status ${status}` : "something that is not HTTP"}`
      : proxy.hasCredentials
        ? "it does not accept the user name and password of the proxy setting (407)"
        : "it asks for a user name and a password (407); hexuser supports Basic authentication, not NTLM or Kerberos";
  return new TransportError(
    status === 403 || status === 407 ? "proxy" : "unreachable",
    `the proxy ${proxy.origin} refused to connect to ${destination.origin}: ${reason}`,
  );
}

/** Turns an error of node:http(s) into a `TransportError`, with a message for a person. */
export function toTransportError(thrown: unknown, destination: Destination): TransportError {
  if (thrown instanceof TransportError) {
    return thrown;
  }
  const { code = "", syscall, statusCode, message } = thrown as NodeError;
  const { origin, proxy } = destination;
  const cause = { cause: thrown };
  if (code === "ERR_PROXY_TUNNEL" && proxy !== undefined) {
    return statusCode === undefined
      ? new TransportError("unreachable", `the proxy ${proxy.origin} ended the connection to ${origin}`, {
          ...cause,
          isOfProxy: true,
        })
      : proxyRefusal(destination, proxy, statusCode);
  }
  if (syscall === "connect" || syscall?.startsWith("getaddrinfo") || isRefusedEverywhere(thrown)) {
    const place = proxy === undefined ? origin : `the proxy ${proxy.origin}`;
    return new TransportError(
      "unreachable",
      `could not connect to ${place}: ${connectReasons[code] ?? code}`,
      { ...cause, isOfProxy: proxy !== undefined },
    );
  }
  const certificateReason = certificateReasons[code];
  if (certificateReason !== undefined) {
    return new TransportError(
      "tls",
      `the certificate of ${origin} was not accepted: ${certificateReason}`,
      cause,
    );
  }
  if (code === "EPROTO" || /^ERR_(SSL|TLS|OSSL)_/.test(code)) {
    const reason = opensslReason(message) ?? code;
    return reason === "wrong version number"
      ? refuseResponse("tls", destination, "does not speak TLS; is it an http address?", thrown)
      : new TransportError("tls", `could not make a secure connection to ${origin}: ${reason}`, cause);
  }
  if (code === "HPE_HEADER_OVERFLOW") {
    return refuseResponse(
      "too_large",
      destination,
      "answered with more headers than this program reads",
      thrown,
    );
  }
  if (code.startsWith("HPE_")) {
    return refuseResponse("dropped", destination, "answered something that is not HTTP", thrown);
  }
  if (
    code === "ERR_INVALID_CHAR" ||
    code === "ERR_UNESCAPED_CHARACTERS" ||
    code === "ERR_INVALID_HTTP_TOKEN"
  ) {
    return new TransportError(
      "unreachable",
      `nothing was sent to ${origin}: the request holds a character that HTTP does not allow`,
      cause,
    );
  }
  const told = code === "" || code === "ECONNRESET" ? "" : ` (${code})`;
  return new TransportError(
    "dropped",
    `the connection to ${origin} ended before the response was complete${told}`,
    cause,
  );
}

/** Tells whether all addresses of a host refused the connection. */
function isRefusedEverywhere(thrown: unknown): boolean {
  return (
    thrown instanceof AggregateError &&
    thrown.errors.every((error: NodeError) => error.syscall === "connect" || error.code === "ETIMEDOUT")
  );
}

/** Extracts OpenSSL's own words from `…:SSL routines:FUNCTION:REASON:FILE:…`. Node has them nowhere else. */
function opensslReason(message: string | undefined): string | undefined {
  return /:SSL routines:[^:]*:([a-z0-9 /]+):/.exec(message ?? "")?.[1];
}
