import type { z } from "zod";
import type { failureCodes, failureSchema, needSchema } from "./failure-schema.ts";
import type { Hint } from "./hint.ts";

export type FailureCode = (typeof failureCodes)[number];

/** Something that the operation lacks. */
export type Need = z.output<ReturnType<typeof needSchema>>;

/** A failure for other programs. The front end has put its hint into words. */
export type PublishedFailure = z.output<ReturnType<typeof failureSchema>>;

/** A failure for front ends. Its hint is data. */
export type Failure = Omit<PublishedFailure, "hint"> & { readonly hint?: Hint | undefined };

/** Data for programs. */
export type Details = NonNullable<Failure["details"]>;

/** The error that operations and plugins throw. `execute` returns the `Failure` in it. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = "FailureError";
    this.failure = failure;
  }
}

/** The optional parts of a failure. `undefined` means absent. */
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

/** Makes the failure of an input field for a fault that the schema can't find. */
export function refuseField(field: string, message: string, hint: Hint): FailureError {
  const details = { issues: [{ path: [field], message }] };
  return fail("invalid_input", `${field}: ${message}.`, { hint, details });
}

/** Tells whether the same call may succeed later although nobody changes anything. Nothing else decides this. */
export function isTemporary({ code, details }: Failure): boolean {
  switch (code) {
    case "network_timeout":
    case "rate_limited":
    case "storage_locked":
      return true;
    case "network_unreachable":
      // If a certificate or a proxy is the cause, waiting doesn't help.
      return details?.reason === undefined;
    case "registry_unavailable":
      // If a registry gives an impossible answer, such as an empty token, waiting doesn't help.
      return Number(details?.status) >= 500;
    default:
      return false;
  }
}
