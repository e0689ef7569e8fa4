import { FailureError, fail, type HttpResponse, hint, notARegistry, TransportError } from "@hexuser/core";

/** The fields of openid-client's errors. `instanceof` would have to load its classes. */
interface LibraryError {
  readonly name?: string;
  readonly cause?: unknown;
  readonly code?: string;
  /** RFC 6749, 5.2. The text comes from the server. */
  readonly error?: unknown;
  readonly status?: unknown;
}

const longestServerText = 200;

const signInAgain = hint`run ${{ call: "auth" }} again.`;

/**
 * Turns an error of openid-client into a failure. If the error wraps a `FailureError` or the `TransportError` of an
 * aborted request, it returns that one unchanged.
 */
export function toOAuthFailure(thrown: unknown): FailureError | TransportError {
  const passedOn = innermost(thrown);
  if (passedOn !== undefined) {
    return passedOn;
  }
  const { error, status } = thrown as LibraryError;
  if (typeof error === "string") {
    return refusal(
      error.slice(0, longestServerText),
      typeof status === "number" ? status : undefined,
      thrown,
    );
  }
  const refused = refusedStatus(thrown as LibraryError);
  if (refused !== undefined) {
    return fail("authentication_refused", `The registry refused to sign in (${refused}).`, {
      hint: hint`if you gave a client id with ${{ option: "clientId" }}, check it; otherwise check the address given with ${{ option: "apiUrl" }}.`,
      details: { status: refused },
      cause: thrown,
    });
  }
  return notARegistry(answerOf(thrown as LibraryError));
}

/** The answer that isn't the endpoint's, as far as the library tells it. */
function answerOf({ cause }: LibraryError): HttpResponse {
  const { status, headers } = cause instanceof Response ? cause : new Response(null);
  return { status, headers: { "content-type": headers.get("content-type") ?? "" }, body: "" };
}

/** Finds the error that the library's `fetch` threw, which the library wraps. */
function innermost(thrown: unknown): FailureError | TransportError | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    if (error instanceof FailureError || error instanceof TransportError) {
      return error;
    }
  }
  return undefined;
}

/** The status of a 4xx without an OAuth error. */
function refusedStatus({ code, cause }: LibraryError): number | undefined {
  return (code === "OAUTH_RESPONSE_IS_NOT_CONFORM" || code === "OAUTH_RESPONSE_IS_NOT_JSON") &&
    cause instanceof Response &&
    cause.status >= 400
    ? cause.status
    : undefined;
}

/** The failures for the errors of RFC 6749 (5.2) and RFC 8628 (3.5), with the error in `details.error`. */
function refusal(error: string, status: number | undefined, cause: unknown): FailureError {
  const parts = { details: { error, ...(status === undefined ? {} : { status }) }, cause };
  switch (error) {
    case "access_denied":
      return fail("authentication_refused", "The sign-in was denied in the browser.", {
        ...parts,
        hint: hint`if it was you who wanted to sign in, ${signInAgain}`,
      });
    case "expired_token":
      return codeExpired(parts);
    case "invalid_client":
    case "unauthorized_client":
      return fail("authentication_refused", "The registry doesn't know the program that wants to sign in.", {
        ...parts,
        hint: hint`give the client id that the registry's operators made for hexuser with ${{ option: "clientId" }}.`,
      });
    case "invalid_grant":
      return fail("authentication_refused", "The registry doesn't accept the code or the token any more.", {
        ...parts,
        hint: signInAgain,
      });
    case "invalid_scope":
      return fail("authentication_refused", "The registry doesn't grant the scope that hexuser asks for.", {
        ...parts,
        hint: hint`if you gave ${{ field: "scope" }}, leave it out. Otherwise sign in in another way: ${{ call: "auth", given: { method: "key" } }} or ${{ call: "auth", given: { method: "password" } }}.`,
      });
    default:
      return fail("authentication_refused", "The registry refused to sign in.", {
        ...parts,
        hint: signInAgain,
      });
  }
}

/** The failure if nobody approved the code in time. */
export function codeExpired(parts: { details?: FailureError["failure"]["details"]; cause?: unknown } = {}) {
  return fail("authentication_refused", "The code expired before it was approved.", {
    ...parts,
    hint: hint`run ${{ call: "auth" }} again, and approve the new code in the browser. For a new account, open the link in the registry's email first.`,
  });
}
