import { type AuthContext, authorizeDevice, oauthAddresses, requestToken, sendAs } from "@hexuser/core";
import type { Configuration } from "openid-client";
import { toOAuthFailure } from "./oauth-failure.ts";

/** The context of requests to the OAuth endpoints. */
type OAuthContext = Pick<AuthContext, "registry" | "http" | "clock" | "emit" | "signal">;

/** The library, and its configuration for the registry. */
export interface OAuthClient {
  readonly library: typeof import("openid-client");
  readonly configuration: Configuration;
}

/** The public client of the Hex CLI, mix hex. Registries have a closed list of clients, and hexuser isn't on it yet. */
export const hexCliClientId = "78ea6566-89fd-481e-a1d6-7d9d78eacca8";

/** Loads the OAuth library and its dependencies. Front ends call it before the first request, while a person reads. */
export async function preloadOAuthLibrary(): Promise<void> {
  await import("openid-client");
  // Node loads its built-in classes on their first use, and a large part of them when a body is first read.
  await new Response("{}", { headers: { "content-type": "application/json" } }).json();
}

/** Loads the OAuth library and configures it for the registry, which has no discovery document. */
export async function loadOAuthClient(clientId: string, ctx: OAuthContext): Promise<OAuthClient> {
  const { apiUrl } = ctx.registry;
  const addresses = oauthAddresses(apiUrl);
  const send = sendAs(ctx);
  // Loading takes 50 ms with the built-in Response, and most commands don't need it, so there is no import at the top.
  // All of it is loaded before the request: a kill between the answer to a refresh and its storage loses the session.
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
  // `requestRegistry` refuses plain http, so the library doesn't have to.
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
    // Pass on only the type: if there is a `www-authenticate` header, the library ignores the error in the body.
    return new Response(response.body === "" ? null : response.body, {
      status: response.status,
      headers: { "content-type": jsonType(response.headers["content-type"] ?? "") },
    });
  };
  return { library, configuration };
}

/** Awaits a request of the library, and turns its error into a failure. */
export async function callOAuth<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw toOAuthFailure(error);
  }
}

/** Older registries answer with the type `application/vnd.hex+json`, which the library doesn't accept as JSON. */
function jsonType(contentType: string): string {
  return /^application\/([\w.-]+\+)?json\b/i.test(contentType) ? "application/json" : contentType;
}
