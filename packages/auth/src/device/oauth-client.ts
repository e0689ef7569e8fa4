import { type AuthContext, authorizeDevice, oauthAddresses, requestToken, sendAs } from "@hexuser/core";
import type { Configuration } from "openid-client";
import { toFailure } from "./oauth-failure.ts";

/** What requests to the OAuth endpoints take. */
type OAuthContext = Pick<AuthContext, "registry" | "http" | "clock" | "emit" | "signal">;

/** The library, and what it has to know of the registry. */
export interface OAuthClient {
  readonly library: typeof import("openid-client");
  readonly configuration: Configuration;
}

/**
 * The public client of the Hex CLI, mix hex: hexuser has none of its own yet. Registries know a closed list of
 * clients, without registration.
 */
export const hexCliClientId = "78ea6566-89fd-481e-a1d6-7d9d78eacca8";

/** Loads the OAuth library and what it uses: front ends do so ahead of the first request, while a person reads. */
export async function preloadOAuthLibrary(): Promise<void> {
  await import("openid-client");
  // The built-in classes are loaded when they are first used, and a large part of them when a body is first read.
  await new Response("{}", { headers: { "content-type": "application/json" } }).json();
}

/** Loads the OAuth library and tells it about the registry, which has no discovery document. */
export async function loadOAuthClient(clientId: string, ctx: OAuthContext): Promise<OAuthClient> {
  const { apiUrl } = ctx.registry;
  const addresses = oauthAddresses(apiUrl);
  const send = sendAs(ctx);
  // Here, not at the top: with the built-in Response it costs 50 ms, and most commands don't need it. All of it is
  // loaded before the request, since a kill between the answer to a refresh and its writing loses the session.
  await preloadOAuthLibrary();
  const library = await import("openid-client");
  const configuration = new library.Configuration(
    {
      issuer: apiUrl,
      device_authorization_endpoint: addresses.deviceAuthorization,
      token_endpoint: addresses.token,
    },
    clientId,
    {},
    library.None(),
  );
  // Which registries may be spoken to without encryption is decided where requests are sent.
  if (new URL(apiUrl).protocol === "http:") {
    library.allowInsecureRequests(configuration);
  }
  configuration[library.customFetch] = async (url, { body }) => {
    const form = String(body ?? "");
    const fields = new URLSearchParams(form);
    const spendsToken = fields.has("refresh_token");
    const opensSession = fields.get("grant_type") === "client_credentials";
    const response =
      url === addresses.token
        ? await requestToken(send, form, { spendsToken, opensSession })
        : await authorizeDevice(send, form);
    // Of the headers, only the type: with a `www-authenticate` the library doesn't look at the error in the body.
    return new Response(response.body === "" ? null : response.body, {
      status: response.status,
      headers: { "content-type": jsonType(response.headers["content-type"] ?? "") },
    });
  };
  return { library, configuration };
}

/** Runs a request of the library, and turns what it throws into a failure. */
export async function callOAuth<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw toFailure(error);
  }
}

/** Older registries answer `application/vnd.hex+json`, which the library doesn't take for JSON. */
function jsonType(contentType: string): string {
  return /^application\/([\w.-]+\+)?json\b/i.test(contentType) ? "application/json" : contentType;
}
