import { type AuthContext, fail, type HttpResponse, TransportError } from "@hexuser/core";

export type OAuthContext = Pick<AuthContext, "registry" | "http" | "signal">;

/** The endpoints that hexuser uses, below the base of the API (RFC 8628, 6749 and 7009). */
export const oauthPaths = {
  deviceAuthorization: "/oauth/device_authorization",
  token: "/oauth/token",
  revoke: "/oauth/revoke",
  revokeByHash: "/oauth/revoke_by_hash",
} as const;

export interface OAuthPost {
  /** Absolute. */
  readonly url: string;
  readonly contentType: string;
  readonly body: string;
}

/**
 * Sends one request to an OAuth endpoint, and gives back what the endpoint itself decided: 2xx, or a 4xx that
 * RFC 6749 (5.2) explains in its body. No redirect is followed, since the body holds secrets, and nothing is
 * repeated, since a refresh token can be used once.
 *
 * Fails with `offline`, `network_unreachable`, `network_timeout`, `rate_limited`, `registry_unavailable`
 * (5xx), `registry_refused` (a redirect) or `not_supported` (the endpoint doesn't exist). An aborted request throws the
 * `TransportError`, as everywhere.
 */
export async function postOAuth(
  { url, contentType, body }: OAuthPost,
  ctx: OAuthContext,
): Promise<HttpResponse> {
  const { registry, http, signal } = ctx;
  if (registry.offline) {
    throw fail("offline", "The network isn't used, because HEX_OFFLINE or `offline` in hex.config says so.", {
      hint: "unset HEX_OFFLINE, or run `mix hex.config --delete offline`.",
    });
  }
  const headers = {
    accept: "application/json",
    "content-type": contentType,
    "user-agent": registry.userAgent,
  };
  const request = { method: "POST", url, headers, body, timeout: registry.timeout, signal };
  const response = await http(request).catch((error: unknown) => {
    throw error instanceof TransportError && error.kind !== "aborted" ? networkFailure(error, ctx) : error;
  });
  rejectUnusable(response, url);
  return response;
}

function rejectUnusable({ status, headers }: HttpResponse, url: string): void {
  const details = { status };
  if (status === 404 || status === 405 || status === 501) {
    throw fail("not_supported", `${new URL(url).origin} doesn't offer to sign in through the browser.`, {
      hint: "sign in with the account's password, by `hexuser auth --method password`; if that fails too, check --api-url.",
      details: { ...details, method: "password" },
    });
  }
  if (status === 429) {
    throw fail("rate_limited", "The registry takes no more requests for now.", {
      hint: "wait a minute, then try again.",
      details,
    });
  }
  if (status >= 500) {
    throw fail("registry_unavailable", `The registry has an error of its own (${status}).`, {
      hint: "try again later.",
      details,
    });
  }
  if (status >= 300 && status <= 399) {
    const elsewhere = redirectOrigin(headers.location, url);
    throw fail(
      "registry_refused",
      `${new URL(url).origin} redirects to ${elsewhere}, and that isn't followed.`,
      {
        hint: `if ${elsewhere} is the registry that you mean, give its address with --api-url or HEX_API_URL.`,
        details,
      },
    );
  }
}

function redirectOrigin(location: string | undefined, url: string): string {
  return location !== undefined && URL.canParse(location, url)
    ? new URL(location, url).origin.slice(0, 200)
    : "another address";
}

function networkFailure(error: TransportError, { registry }: OAuthContext) {
  if (error.kind === "timeout") {
    return fail("network_timeout", error.message, {
      hint: `try again, or allow more than ${registry.timeout / 1000} s with --timeout.`,
      cause: error,
    });
  }
  const hint =
    error.kind === "tls"
      ? "if the registry has a certificate of its own authority, name that with HEX_CACERTS_PATH."
      : error.kind === "dropped"
        ? "try again."
        : `check the network and the address ${registry.apiUrl} (--api-url, HEX_API_URL).`;
  return fail("network_unreachable", error.message, { hint, cause: error });
}
