import type { Emit } from "../event.ts";
import { type FailureError, fail } from "../failure.ts";
import { hint } from "../hint.ts";
import type { Registry } from "../transport.ts";
import { isLoopback, originOf } from "./site.ts";

type Connection = Pick<Registry, "apiUrl" | "isReadable" | "allowsHttp">;

/**
 * Tells whether others can read requests to this address, as far as the address shows: it's plain http to another
 * machine.
 */
export function isReadableOnTheWay(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !isLoopback(hostname);
}

/**
 * Refuses a registry whose connection others can read, unless the person allowed this origin. Every command that talks
 * to the registry calls this before it asks for a secret, and every request calls it again.
 *
 * Fails with `invalid_input` and `details.reason` "insecure".
 */
export function refusePlainHttp(registry: Connection): void {
  if (registry.allowsHttp !== true && isReadable(registry)) throw insecure(originOf(registry));
}

function isReadable({ apiUrl, isReadable: viaProxy = false }: Connection): boolean {
  return viaProxy || isReadableOnTheWay(apiUrl);
}

function insecure(origin: string): FailureError {
  // Don't offer an address for copying if a shell would interpret it.
  const shown = /^[\w:/.[\]-]+$/.test(origin) ? origin : "ORIGIN";
  return fail(
    "invalid_input",
    `The connection to ${origin} is not encrypted: others on the way could read your passwords, keys and sessions.`,
    {
      hint: hint`give the registry's https address with ${{ option: "apiUrl" }}. If you trust the network in between, allow it once with ${{ option: "allowHttp" }}, or from now on with ${{ call: "http.allow", about: shown }}.`,
      details: { reason: "insecure", origin },
    },
  );
}

/**
 * The warnings that each listener got already. A command or call gets a warning once, whatever the number of requests.
 */
const told = new WeakMap<Emit, Set<string>>();

/** Warns before a request uses a connection that others can read, or a server whose certificate isn't checked. */
export function warnOfConnection(
  url: string,
  { registry, emit }: { readonly registry: Registry; readonly emit: Emit },
): void {
  const { origin, protocol } = new URL(url);
  const isOwn = origin === originOf(registry);
  const message =
    protocol === "https:"
      ? registry.skipsCertificates === true &&
        `The certificate of ${origin} is not checked, because HEX_UNSAFE_HTTPS or \`unsafe_https\` in hex.config says so: anybody on the way can read and change what is sent.`
      : isOwn &&
        isReadable(registry) &&
        `The connection to ${origin} is not encrypted, as you allowed: others on the way can read what is sent.`;
  if (message === false) return;
  const before = told.get(emit) ?? new Set();
  told.set(emit, before);
  if (before.has(message)) return;
  before.add(message);
  emit({ type: "warning", message });
}
