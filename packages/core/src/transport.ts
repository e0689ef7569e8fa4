/** One HTTP request. No redirect is followed and nothing is repeated below this line. */
export interface HttpRequest {
  readonly method: string;
  /** Absolute, http or https. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Milliseconds for the whole exchange, connecting included. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** Told of the milliseconds for which a request was held back before it was sent: they don't count as its time. */
  readonly onHeld?: ((milliseconds: number) => void) | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; values that came several times are joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded as UTF-8, bytes that are no UTF-8 replaced. */
  readonly body: string;
}

/** A request in, a response out. Throws `TransportError` when there is no response, whatever the cause. */
export type Transport = (request: HttpRequest) => Promise<HttpResponse>;

/**
 * - `unreachable`: no connection was made (name not found, connection refused, no way on from the proxy)
 * - `proxy`: the proxy answered itself that it doesn't let the request through (403, 407)
 * - `dropped`: the connection ended before the response was complete
 * - `timeout`: the time limit passed
 * - `tls`: the server's certificate was not accepted
 * - `too_large`: the response is larger than this program reads
 * - `aborted`: the signal was given
 */
export type TransportErrorKind =
  | "unreachable"
  | "proxy"
  | "dropped"
  | "timeout"
  | "tls"
  | "too_large"
  | "aborted";

/** What happened before anything was handed on to the server. */
const unsentKinds: readonly TransportErrorKind[] = ["unreachable", "proxy", "tls"];

/** `wasSent`: whether the server may have got the whole request; what isn't known counts as sent. */
export interface TransportErrorOptions extends ErrorOptions {
  readonly wasSent?: boolean | undefined;
}

export class TransportError extends Error {
  readonly kind: TransportErrorKind;
  readonly wasSent: boolean;

  constructor(kind: TransportErrorKind, message: string, options: TransportErrorOptions = {}) {
    const { wasSent = !unsentKinds.includes(kind), ...rest } = options;
    super(message, rest);
    this.name = "TransportError";
    this.kind = kind;
    this.wasSent = wasSent;
  }
}

/** Which registry, and how it is reached. */
export interface Registry {
  /** The base of the API, without a slash at its end: `https://hex.pm/api`. */
  readonly apiUrl: string;
  readonly userAgent: string;
  /** Milliseconds for one request, with its redirects and repetitions. */
  readonly timeout: number;
  /** The longest wait that the registry may ask for, in milliseconds; by default, a minute. */
  readonly maxWait?: number | undefined;
  /** The person asked that the network isn't used. */
  readonly offline: boolean;
  /** Others can read what is sent for a reason that the address doesn't tell: the way to it. */
  readonly isReadable?: boolean | undefined;
  /** The person allowed that others can read what is sent (plain http). */
  readonly allowsHttp?: boolean | undefined;
  /** The person asked that certificates aren't checked. */
  readonly skipsCertificates?: boolean | undefined;
}

export interface Clock {
  /** Milliseconds since the UNIX epoch. */
  now(): number;
  /** Waits that many milliseconds; rejects at once when the signal is given. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** What a registry can do, as far as its answers have told. */
export interface RegistryTraits {
  /** It gives sessions by the device flow. */
  readonly oauth?: boolean | undefined;
  /** It takes account passwords. */
  readonly basic?: boolean | undefined;
}

/**
 * What earlier answers of the registry in use have taught. A cache that may forget at any time and never fails:
 * it saves requests and questions, and an answer that contradicts it wins.
 */
export interface RegistryMemory {
  recall(): Promise<RegistryTraits>;
  learn(traits: RegistryTraits): Promise<void>;
}
