import { fail } from "../failure.ts";
import { type Hint, hint } from "../hint.ts";
import type { RegistryRequest, RegistryResponse, Send } from "../registry/registry-request.ts";
import { Answer, empty } from "./answer.ts";
import { refusal } from "./refusal.ts";

const paths = {
  deviceAuthorization: "/oauth/device_authorization",
  token: "/oauth/token",
  revoke: "/oauth/revoke",
  revokeByHash: "/oauth/revoke_by_hash",
} as const;

/** The addresses that an OAuth library needs, because registries have no discovery document. */
export function oauthAddresses(apiUrl: string) {
  return { deviceAuthorization: apiUrl + paths.deviceAuthorization, token: apiUrl + paths.token };
}

/** A form that is sent unchanged, or fields that are sent as JSON. */
export type OAuthContent = string | Readonly<Record<string, string>>;

const lookAt = hint`look at the sessions in your account's settings on the registry's site.`;

interface TokenRequestOptions {
  readonly spendsToken?: boolean;
  readonly opensSession?: boolean;
}

/** Milliseconds. Sending a refresh token spends it, so an answer after the time limit would lose the session. */
const leastRefreshTime = 60_000;

/**
 * `POST /oauth/device_authorization` (RFC 8628, 3.1): requests a code that the person approves. Returns the endpoint's
 * own answers: 2xx, or a 4xx that RFC 6749 (5.2) explains in its body.
 *
 * Fails with `not_supported` at a registry without sessions, and as `refusal` says for any other answer.
 */
export async function authorizeDevice(send: Send, content: OAuthContent): Promise<RegistryResponse> {
  const request = { ...post(paths.deviceAuthorization, content), isHarmless: true };
  return decided(await send(request), {
    message: "The registry doesn't offer to sign in through the browser.",
    hint: hint`sign in with your account password: ${{ call: "auth", given: { method: "password" } }}. If that fails, too, check the address given with ${{ option: "apiUrl" }}.`,
    details: { method: "password" },
  });
}

/**
 * `POST /oauth/token` (RFC 6749, 3.2): requests tokens. Returns and fails as `authorizeDevice` does. It doesn't wait
 * for the end of a rate limit, because polling has its own pace and a refresh holds a lock.
 *
 * @param options.spendsToken the request can't be repeated, so it waits longer for its answer
 * @param options.opensSession the request opens a session at once: if its answer is lost, the failure says so
 */
export async function requestToken(
  send: Send,
  content: OAuthContent,
  { spendsToken = false, opensSession = false }: TokenRequestOptions = {},
): Promise<RegistryResponse> {
  const leastTime = spendsToken ? leastRefreshTime : 0;
  const request = {
    ...post(paths.token, content),
    ...{ isImpatient: true, isHarmless: !opensSession, lookAt, leastTime },
  };
  return decided(await send(request), {
    message: "The registry gives no tokens at this address.",
    hint: hint`check the address given with ${{ option: "apiUrl" }}. If it is right, the registry no longer has sessions: sign in again with ${{ call: "auth" }}.`,
  });
}

const noEnd = {
  message: "The registry ends no sessions at this address.",
  hint: hint`check the address given with ${{ option: "apiUrl" }}, or end the session in your account's settings on the registry's site.`,
};

/**
 * `POST /oauth/revoke` (RFC 7009, 2.1): revokes a token. Registries answer 200 without content, even for an unknown
 * token. Fails as `Answer.accept` does.
 */
export async function revokeToken(send: Send, token: string, clientId: string): Promise<void> {
  const content = { token, client_id: clientId };
  new Answer(decided(await send({ ...post(paths.revoke, content), lookAt }), noEnd), empty(200)).accept();
}

/**
 * `POST /oauth/revoke_by_hash`: ends a session, without any credential. Answers and fails as `revokeToken` does.
 *
 * @param hash SHA-256 of the session's refresh token, in hexadecimal
 */
export async function revokeSession(send: Send, hash: string): Promise<void> {
  const request = { ...post(paths.revokeByHash, { token_hash: hash }), lookAt };
  new Answer(decided(await send(request), noEnd), empty(200)).accept();
}

function post(path: string, content: OAuthContent): RegistryRequest {
  return { method: "POST", path, ...(typeof content === "string" ? { form: content } : { body: content }) };
}

interface Missing {
  readonly message: string;
  readonly hint: Hint;
  readonly details?: Readonly<Record<string, string>>;
}

function decided(response: RegistryResponse, { message, details, ...rest }: Missing): RegistryResponse {
  const { status } = response;
  if (status === 404 || status === 405 || status === 501)
    throw fail("not_supported", message, { ...rest, details: { status, ...details } });
  const isOfEndpoint = status < 300 || (status >= 400 && status < 500 && status !== 406 && status !== 429);
  if (!isOfEndpoint) throw refusal(response);
  return response;
}
