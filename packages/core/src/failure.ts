import type { z } from "zod";
import type { failureCodes, failureSchema, needSchema } from "./failure-schema.ts";
import type { Hint } from "./hint.ts";

export type FailureCode = (typeof failureCodes)[number];

/** Something that the operation lacks. */
export type Need = z.output<ReturnType<typeof needSchema>>;

/** A failure as other programs get it: the front end has put the hint into words. */
export type PublishedFailure = z.output<ReturnType<typeof failureSchema>>;

/** A failure as every front end gets it: what happened, and what to do next. */
export type Failure = Omit<PublishedFailure, "hint"> & { readonly hint?: Hint | undefined };

/** What programs are told of a failure besides its code. */
export type Details = NonNullable<Failure["details"]>;

/** What operations and plugins throw. `execute` turns it into the `Failure` that it carries. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = "FailureError";
    this.failure = failure;
  }
}

/** What a failure may say besides its code and its message. An absent part may be given as `undefined`. */
export interface FailureParts {
  /** What to do next. */
  readonly hint?: Hint | undefined;
  readonly needs?: readonly Need[] | undefined;
  readonly details?: Details | undefined;
  readonly cause?: unknown;
}

/**
 * Makes the error to throw.
 *
 * @example throw fail("not_found", "There is no key “ci”.", { hint: hint`list your keys with ${{ call: "key.list" }}.` });
 */
export function fail(code: FailureCode, message: string, parts: FailureParts = {}): FailureError {
  return new FailureError(
    {
      code,
      message,
      ...(parts.hint === undefined ? {} : { hint: parts.hint }),
      ...(parts.needs === undefined ? {} : { needs: [...parts.needs] }),
      ...(parts.details === undefined ? {} : { details: parts.details }),
    },
    parts.cause === undefined ? {} : { cause: parts.cause },
  );
}

/** The failure of a field of the input that its schema can't check. */
export function refuseField(field: string, message: string, hint: Hint): FailureError {
  const details = { issues: [{ path: [field], message: `${message}.` }] };
  return fail("invalid_input", `${field}: ${message}.`, { hint, details });
}

/** Whether the same call may succeed later although nobody changes anything. This is the only rule for it. */
export function isTemporary({ code, details }: Failure): boolean {
  switch (code) {
    case "network_timeout":
    case "rate_limited":
    case "storage_locked":
      return true;
    case "network_unreachable":
      // A certificate or a person whom a proxy doesn't accept won't be accepted in five seconds, either.
      return details?.reason === undefined;
    case "registry_unavailable":
      // An answer that no registry gives, such as an empty token, won't become one.
      return Number(details?.status) >= 500;
    default:
      return false;
  }
}
