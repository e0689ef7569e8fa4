/** One HTTP request. A transport follows no redirect and repeats nothing. */
export interface HttpRequest {
  readonly method: string;
  /** Absolute, http or https. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Milliseconds for the whole exchange, including the connection. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with the milliseconds for which a request waited before it was sent. They don't count as its time. */
  readonly onHeld?: ((milliseconds: number) => void) | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. Several values of one name are joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded as UTF-8. Invalid bytes are replaced. */
  readonly body: string;
}

/** Sends a request and returns the response. Throws `TransportError` if there is no response, whatever the cause. */
export type Transport = (request: HttpRequest) => Promise<HttpResponse>;

/**
 * - `unreachable`: no connection was made (unknown name, refused connection, no route behind the proxy)
 * - `proxy`: the proxy itself refused the request (403, 407)
 * - `dropped`: the connection ended before the response was complete
 * - `timeout`: the time limit passed
 * - `tls`: the server's certificate was not accepted
 * - `too_large`: the response is larger than hexuser reads
 * - `aborted`: the signal was aborted
 */
export type TransportErrorKind =
  | "unreachable"
  | "proxy"
  | "dropped"
  | "timeout"
  | "tls"
  | "too_large"
  | "aborted";

/** The errors that happen before the server gets any part of the request. */
const unsentKinds: readonly TransportErrorKind[] = ["unreachable", "proxy", "tls"];

/**
 * `wasSent`: whether the server may have received the whole request. The default is true unless the kind excludes it.
 */
export interface TransportErrorOptions extends ErrorOptions {
  readonly wasSent?: boolean | undefined;
  /** The proxy is at fault, not the registry. */
  readonly isOfProxy?: boolean | undefined;
}

export class TransportError extends Error {
  readonly kind: TransportErrorKind;
  readonly wasSent: boolean;
  readonly isOfProxy: boolean;

  constructor(kind: TransportErrorKind, message: string, options: TransportErrorOptions = {}) {
    const { wasSent = !unsentKinds.includes(kind), isOfProxy = kind === "proxy", ...rest } = options;
    super(message, rest);
    this.name = "TransportError";
    this.kind = kind;
    this.wasSent = wasSent;
    this.isOfProxy = isOfProxy;
  }
}

/** A registry, and how to reach it. */
export interface Registry {
  /** The base of the API, without a slash at its end: `https://hex.pm/api`. */
  readonly apiUrl: string;
  readonly userAgent: string;
  /** Milliseconds for one request, including its redirects and repetitions. */
  readonly timeout: number;
  /** The longest wait that the registry may ask for, in milliseconds. The default is about a minute. */
  readonly maxWait?: number | undefined;
  /** The person asked hexuser not to use the network. */
  readonly offline: boolean;
  /** Others can read the requests for a reason that the address doesn't show, such as a proxy. */
  readonly isReadable?: boolean | undefined;
  /** The person allowed a connection that others can read (plain http). */
  readonly allowsHttp?: boolean | undefined;
  /** The person asked hexuser not to check certificates. */
  readonly skipsCertificates?: boolean | undefined;
}

export interface Clock {
  /** Milliseconds since the UNIX epoch. */
  now(): number;
  /** Waits that many milliseconds. Rejects at once when the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** What a registry can do, as far as its answers have shown. */
export interface RegistryTraits {
  /** It gives sessions by the device flow. */
  readonly oauth?: boolean | undefined;
  /** It accepts account passwords. */
  readonly basic?: boolean | undefined;
}

/**
 * What earlier answers of this registry have shown. It's a cache that saves requests and questions. It may forget at
 * any time, it never fails, and a contradicting answer replaces it.
 */
export interface RegistryMemory {
  recall(): Promise<RegistryTraits>;
  learn(traits: RegistryTraits): Promise<void>;
}
