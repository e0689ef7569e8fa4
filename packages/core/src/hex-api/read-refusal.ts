import type { HttpResponse } from "../transport.ts";

/** The refusals that hexuser distinguishes. Only this file reads the messages of registries. */
export type Refusal =
  | "account_passwords_off"
  | "bad_request"
  /** The organization doesn't pay, so its repository is closed. */
  | "billing_inactive"
  | "code_missing"
  | "code_wrong"
  /** The registry answers 429 after several wrong codes, and still accepts the right one. */
  | "code_wrong_again"
  | "email_unconfirmed"
  /** Registries say the same about an expired key. */
  | "key_revoked"
  | "key_unknown"
  | "not_authorized"
  | "two_factor_off"
  | "wrong_account_password";

const messages: readonly (readonly [status: number, message: RegExp, refusal: Refusal])[] = [
  [400, /^Bad request$/, "bad_request"],
  [401, /basic authentication is disabled/i, "account_passwords_off"],
  [401, /^API key revoked$/, "key_revoked"],
  [401, /^invalid API key$/, "key_unknown"],
  [401, /not authorized/i, "not_authorized"],
  [401, /^invalid username and password combination$/, "wrong_account_password"],
  [403, /^email not verified$/, "email_unconfirmed"],
  [403, /billing/i, "billing_inactive"],
  [403, /two-factor/i, "two_factor_off"],
  [429, /two-factor/i, "code_wrong_again"],
];

/** Characters. A failure repeats at most this much of a text from the registry. */
export const longestServerText = 500;

/** Finds the meaning of a refusal from the challenge of a 401 (RFC 6750, 3), or from the status and the message. */
export function readRefusal(response: HttpResponse): Refusal | undefined {
  const challenge = response.status === 401 ? (response.headers["www-authenticate"] ?? "") : "";
  if (challenge.includes('error="totp_required"')) return "code_missing";
  if (challenge.includes('error="invalid_totp"')) return "code_wrong";
  const said = readMessage(response) ?? "";
  return messages.find(([status, message]) => status === response.status && message.test(said))?.[2];
}

/** Returns the `message` of the registry's error, cut to a bounded length. Front ends escape it. */
export function readMessage(response: HttpResponse): string | undefined {
  const body = readJson(response);
  if (typeof body !== "object" || body === null || !("message" in body)) return undefined;
  return typeof body.message === "string" ? body.message.slice(0, longestServerText) : undefined;
}

/**
 * Parses a JSON body. Returns `undefined` for any other body, and for one that is nested too deeply for `JSON.parse`.
 */
export function readJson(response: HttpResponse): unknown {
  try {
    return JSON.parse(response.body);
  } catch {
    return undefined;
  }
}

/** Rewords a registry's complaint about a value for people. */
export function phraseComplaint(message: string): string {
  return message
    .replace(/^should be (at least|at most) (\d+) character\(s\)$/, "must have $1 $2 characters")
    .replace(/^already in use$/, "is already in use");
}
