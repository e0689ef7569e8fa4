import {
  type AuthContext,
  askedWait,
  fail,
  type HttpResponse,
  type RegistryRequest,
  requestRegistry,
} from "@hexuser/core";

export type OAuthContext = Pick<AuthContext, "registry" | "http" | "clock" | "emit" | "signal">;

/** The endpoints that hexuser uses, below the base of the API (RFC 8628, 6749 and 7009). */
export const oauthPaths = {
  deviceAuthorization: "/oauth/device_authorization",
  token: "/oauth/token",
  revoke: "/oauth/revoke",
  revokeByHash: "/oauth/revoke_by_hash",
} as const;

/** Its path, and what is sent: a form or JSON. Only a request that ends something isn't harmless. */
export type OAuthPost = Pick<
  RegistryRequest,
  "path" | "form" | "body" | "isImpatient" | "isHarmless" | "lookAt"
>;

/**
 * Sends one request to an OAuth endpoint, as every request to the registry is sent, and gives back what the endpoint
 * itself decided: 2xx, or a 4xx that RFC 6749 (5.2) explains in its body. As a POST it follows no redirect, since the
 * body holds secrets, and isn't repeated, since a refresh token can be used once.
 *
 * Fails as `requestRegistry` does, and with `rate_limited` (`details.retryAfter`: seconds, where the registry tells),
 * `registry_unavailable` (5xx), `registry_refused` (a redirect) or `not_supported` (the endpoint doesn't exist).
 */
export async function postOAuth(post: OAuthPost, ctx: OAuthContext): Promise<HttpResponse> {
  const response = await requestRegistry({ isHarmless: true, ...post, method: "POST" }, ctx);
  rejectUnusable(response, ctx);
  return response;
}

function rejectUnusable(response: HttpResponse, { registry, clock }: OAuthContext): void {
  const { status } = response;
  const { origin } = new URL(registry.apiUrl);
  const details = { status };
  if (status === 404 || status === 405 || status === 501) {
    throw fail("not_supported", `${origin} doesn't offer to sign in through the browser.`, {
      hint: "sign in with the account's password, by `hexuser auth --method password`; if that fails too, check --api-url.",
      details: { ...details, method: "password" },
    });
  }
  if (status === 429) {
    const retryAfter = askedWait(response, clock.now());
    throw fail("rate_limited", "The registry takes no more requests for now.", {
      hint: retryAfter === undefined ? "wait a minute, then try again." : `try again in ${retryAfter} s.`,
      details: { ...details, ...(retryAfter === undefined ? {} : { retryAfter }) },
    });
  }
  if (status >= 500) {
    throw fail("registry_unavailable", `The registry has an error of its own (${status}).`, {
      hint: "try again later.",
      details,
    });
  }
  if (status >= 300 && status <= 399) {
    throw fail("registry_refused", `${origin} answers with a redirect that leads nowhere (${status}).`, {
      hint: "check the address given with --api-url or HEX_API_URL.",
      details,
    });
  }
}
