import { type AuthContext, type Event, isOwnPage } from "@hexuser/core";
import { callOAuth, type OAuthClient } from "./oauth-client.ts";
import { acceptToken, implausible } from "./token.ts";

/** The code that the person approves, and the pace at which to poll for the approval (RFC 8628, 3.2). */
export interface DeviceCode {
  readonly deviceCode: string;
  readonly shown: Extract<Event, { type: "device_code" }>;
  /** Seconds between two polls. */
  readonly interval: number;
}

/** Seconds. Registries give 600. The limit keeps an absurd number from making hexuser wait for ever. */
const longestLife = 3600;
const longestUrl = 2000;

/**
 * Requests a code that the person can approve (RFC 8628, 3.1).
 *
 * @param name the session's name in the account's settings, at most 255 characters
 * @param scope what the session may do, as it is asked for; the person may untick parts of it
 *
 * Fails with `registry_unavailable` if the answer has no code that hexuser can send or show, or no address that it can
 * show. It doesn't show an address with a username, because that looks like an address of another host.
 */
export async function requestDeviceCode(
  { name, scope }: { readonly name: string; readonly scope: readonly string[] },
  { library, configuration }: OAuthClient,
  { registry }: Pick<AuthContext, "registry">,
): Promise<DeviceCode> {
  const parameters = { scope: scope.join(" "), ...(name === "" ? {} : { name }) };
  const answer = await callOAuth(library.initiateDeviceAuthorization(configuration, parameters));
  const verificationUri = webAddress(answer.verification_uri);
  if (verificationUri === undefined) {
    throw implausible("The registry gave no web address at which the sign-in can be approved.");
  }
  const complete = webAddress(answer.verification_uri_complete);
  const shown = complete?.origin === verificationUri.origin ? complete : verificationUri;
  return {
    deviceCode: acceptToken(answer.device_code, "device code"),
    interval: Math.max(1, answer.interval ?? 5),
    shown: {
      type: "device_code",
      userCode: readable(answer.user_code),
      verificationUri: verificationUri.href,
      verificationUriComplete: shown.href,
      expiresIn: Math.min(Math.floor(answer.expires_in), longestLife),
      ...(isOwnPage(registry, shown.href) ? {} : { otherHost: shown.host }),
    },
  };
}

/** The session's name in the account's settings. Servers answer 500 to a name of more than 255 characters. */
export function sessionName(
  keyName: string | undefined,
  { hostname }: Pick<AuthContext, "hostname">,
): string {
  return keyName ?? Array.from(hostname).slice(0, 255).join("");
}

/** Splits a code of eight characters in two halves, as registries do. Halves are easier to copy. */
function readable(code: string): string {
  if (/^[A-Za-z0-9]{8}$/.test(code)) return `${code.slice(0, 4)}-${code.slice(4)}`;
  if (/\p{Cc}/u.test(code) || code.trim() === "") {
    throw implausible("The registry gave no code that can be shown.");
  }
  return code.slice(0, 100);
}

function webAddress(text: string | undefined): URL | undefined {
  if (text === undefined || text.length > longestUrl || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const hasUser = url.username !== "" || url.password !== "";
  return ["https:", "http:"].includes(url.protocol) && !hasUser ? url : undefined;
}
