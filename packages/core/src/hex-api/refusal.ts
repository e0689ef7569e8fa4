import type { AnswerName } from "../answers.ts";
import { type Details, FailureError, fail } from "../failure.ts";
import { type Hint, hint } from "../hint.ts";
import type { RegistryResponse } from "../registry/registry-request.ts";
import type { HttpResponse, Registry } from "../transport.ts";
import { longestServerText, type Refusal, readJson, readMessage, readRefusal } from "./read-refusal.ts";

/** Tells programs that a change was sent and may have been made. */
export function unknownOutcome({ lookAt }: RegistryResponse): { mayHaveHappened?: true } {
  return lookAt === undefined ? {} : { mayHaveHappened: true };
}

/** The credential that signed, for messages about it. */
export interface Whose {
  /** "The key in HEX_API_KEY", "The session in ~/.hex/hex.config" */
  readonly name: string;
  /** The environment variable that holds it. */
  readonly variable?: string | undefined;
  readonly isToken?: boolean | undefined;
  /** The scopes of a session or a token, as far as they are known. */
  readonly scope?: readonly string[] | undefined;
  /** It's an account password with white space at its ends, which the person may not have intended. */
  readonly isPadded?: boolean | undefined;
  /** The answer that holds it. A refusal then says that this answer is wrong, so that the person can correct it. */
  readonly answer?: AnswerName | undefined;
}

/** The failure for an answer with a status other than 2xx. */
export function refusal(response: RegistryResponse, whose: Whose = { name: "The credential" }): FailureError {
  const { status } = response;
  const says = readRefusal(response);
  const said = readMessage(response);
  const details = { status, ...(said === undefined ? {} : { registry: said }) };
  if (status === 401) return askAgain(unauthorized({ says, said }, whose, details), whose);
  if (status === 403) return forbidden({ says, said }, details);
  if (status === 404)
    return fail("not_found", "The registry doesn't know the requested address (404).", {
      hint: hint`check the address given with ${{ option: "apiUrl" }}; some private registries have no accounts, or no keys to look at.`,
      details,
    });
  if (status === 422) return validationFailure(response, details);
  if (status === 406) return notTheApi(details);
  if (status === 429) {
    const { retryAfter } = response;
    return fail("rate_limited", said ?? "The registry takes no more requests for now.", {
      hint: waiting(retryAfter) ?? hint`wait a minute, then try again.`,
      details: { ...details, ...(retryAfter === undefined ? {} : { retryAfter }) },
    });
  }
  // Registries answer a deactivated account only with this. hexuser's requests are well-formed, so nothing else causes
  // it.
  if (says === "bad_request" && response.isSigned) return deactivated(details);
  if (status >= 500) {
    const { lookAt, retryAfter } = response;
    const wait = retryAfter === undefined ? "" : `, and asks to wait ${retryAfter} s`;
    return fail("registry_unavailable", `The registry has an internal error (${status})${wait}.`, {
      hint:
        lookAt === undefined
          ? (waiting(retryAfter) ?? hint`try again later.`)
          : hint`before you try again, ${lookAt}`,
      details: { ...details, ...unknownOutcome(response), ...(wait === "" ? {} : { retryAfter }) },
    });
  }
  if (status >= 300 && status <= 399) {
    return fail("registry_refused", `The registry answers with a redirect without a target (${status}).`, {
      hint: hint`check the address given with ${{ option: "apiUrl" }}.`,
      details,
    });
  }
  return fail(
    "registry_refused",
    `The registry refused the request (${status})${said === undefined ? "." : `: ${said}`}`,
    { details },
  );
}

/** What to do about a wait that the registry asks for. hexuser waits by itself if the wait is short enough. */
function waiting(seconds: number | undefined): Hint | undefined {
  if (seconds === undefined) return undefined;
  return hint`wait ${seconds} s, then try again; or let hexuser wait, with ${{ option: "maxWait", value: String(seconds) }}.`;
}

/** The registry's website answers 406 to a program that accepts only JSON. */
function notTheApi(details: Details): FailureError {
  return fail("registry_unavailable", "This isn't the API of a Hex registry (406).", {
    hint: hint`check the address given with ${{ option: "apiUrl" }}. The address of an API usually ends in /api.`,
    details: { ...details, reason: "not_a_registry" },
  });
}

function deactivated(details: Details): FailureError {
  return fail(
    "authentication_refused",
    "The registry refused the request (400), as it does for an account that is deactivated.",
    {
      hint: hint`ask the registry's operators whether the account is deactivated; otherwise sign in with another account.`,
      details: { ...details, reason: "perhaps_deactivated" },
    },
  );
}

function askAgain(error: FailureError, { answer }: Whose): FailureError {
  if (answer === undefined) return error;
  return new FailureError({ ...error.failure, needs: [{ answer, because: "wrong" }] });
}

/** How to replace a credential that the registry no longer accepts. It depends on where the credential comes from. */
function replacing({ variable, isToken, answer }: Whose): Hint {
  const signIn = { call: "auth" };
  if (answer !== undefined) return hint`check that you gave all of it, and that it is for this registry.`;
  if (variable === undefined) return hint`sign in with ${signIn}.`;
  return isToken === true
    ? hint`give ${variable} another token, for instance by ${{ call: "auth", given: { backend: "env" } }}, or unset it, because it takes precedence over a sign-in with ${signIn}.`
    : hint`make another key with ${{ call: "key.generate" }} or on the registry's site and give it in ${variable}, or unset ${variable}, because it takes precedence over a sign-in with ${signIn}.`;
}

/** The meaning of the registry's answer, and its own words. */
interface Said {
  readonly says: Refusal | undefined;
  readonly said: string | undefined;
}

function unauthorized({ says, said }: Said, whose: Whose, details: Details): FailureError {
  const signIn = replacing(whose);
  if (says === "key_revoked") {
    return fail("authentication_refused", `${whose.name} was revoked or has expired.`, {
      hint: signIn,
      details,
    });
  }
  if (says === "key_unknown") {
    const fate =
      whose.isToken === true
        ? "is not valid at this registry, or has expired"
        : "is not valid at this registry";
    return fail("authentication_refused", `${whose.name} ${fate}.`, { hint: signIn, details });
  }
  if (says === "not_authorized" && whose.scope !== undefined) {
    return fail("authentication_refused", tooNarrow(whose.name, whose.scope), {
      hint: hint`${whose.variable === undefined ? "" : `unset ${whose.variable}, and `}sign in again with ${{ call: "auth" }}, which asks for everything, and leave the permission for this ticked in the browser.`,
      details: { ...details, reason: "scope_too_narrow" },
    });
  }
  if (says === "not_authorized") {
    return fail("authentication_refused", `${whose.name} has no permission for this.`, {
      hint: hint`use a key with the permission for it (\`api:read\` to read, \`api:write\` to change)${
        whose.answer === undefined ? hint`, or sign in with ${{ call: "auth" }}` : ""
      }.`,
      details,
    });
  }
  if (says === "wrong_account_password") {
    const padding =
      whose.isPadded === true
        ? " The password that you gave begins or ends with white space, which hexuser sent as well."
        : "";
    return fail("authentication_refused", `The username or the account password is wrong.${padding}`, {
      hint: hint`try again; if you have forgotten the password, run ${{ call: "reset_password.account" }}.`,
      details: { ...details, reason: "wrong_account_password" },
    });
  }
  return fail("authentication_refused", said ?? "The registry refused the sign-in (401).", {
    hint: signIn,
    details,
  });
}

function tooNarrow(name: string, scope: readonly string[]): string {
  return `${name} has no permission for this. It may do only this: ${scope.join(", ")}.`;
}

function forbidden({ says, said }: Said, details: Details): FailureError {
  if (says === "email_unconfirmed") {
    return fail("authentication_refused", "The account's email address is not confirmed yet.", {
      hint: hint`open the link in the email that the registry sent when you created the account, then try again.`,
      details: { ...details, reason: "email_unconfirmed" },
    });
  }
  return fail("authentication_refused", said ?? "The registry doesn't let this account do this (403).", {
    details,
  });
}

function validationFailure(response: HttpResponse, details: Details): FailureError {
  const body = readJson(response) as { errors?: unknown } | undefined;
  const issues: Issue[] = [];
  collect(body?.errors ?? {}, [], issues);
  const fields = issues.map(
    ({ path, message }) => `${path.length === 0 ? "" : `${path.join(".")}: `}${message}`,
  );
  const message = fields.length === 0 ? "The registry refused a value." : fields.join("\n");
  return fail("validation_failed", message, {
    hint: hint`correct the named values, then try again.`,
    details: { ...details, fields, issues },
  });
}

type Issue = NonNullable<Details["issues"]>[number];

const mostErrors = 50;

/**
 * `{emails: {email: "is taken"}}` becomes the path `["emails", "email"]`. The depth and the number of issues are
 * bounded.
 */
function collect(errors: unknown, path: readonly string[], issues: Issue[]): void {
  if (typeof errors === "string")
    issues.push({ path: [...path], message: errors.slice(0, longestServerText) });
  if (typeof errors !== "object" || errors === null || path.length > 8) return;
  for (const name in errors) {
    if (issues.length >= mostErrors) return;
    collect((errors as Record<string, unknown>)[name], [...path, name.slice(0, 80)], issues);
  }
}

const elsewhere = hint`check the address given with ${{ option: "apiUrl" }}. At a private registry, ask its operators for a key and store it with ${{ call: "auth", given: { withKey: true } }}.`;

/** The failure for a 404 where every registry with accounts answers something else. */
export function noAccounts({ apiUrl }: Pick<Registry, "apiUrl">): FailureError {
  return fail("not_supported", `The registry at ${apiUrl} has no accounts.`, { hint: elsewhere });
}

/** The failure for a missing list of keys, which a registry with keys has for every account. */
export function noKeys({ apiUrl }: Pick<Registry, "apiUrl">): FailureError {
  return fail("not_supported", `The registry at ${apiUrl} has no keys to list, to make or to revoke.`, {
    hint: elsewhere,
  });
}
