// The failures that several backends have in common.
import { type AccountKey, type Availability, FailureError, fail, hint } from "@hexuser/core";
import { isProfileName } from "./file/directories.ts";

/** The scheme, host and port of an http or https address; `undefined` for any other text. */
export function originOf(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url?.protocol === "http:" || url?.protocol === "https:" ? url.origin : undefined;
}

/** As `originOf`, but fails with `invalid_input`. */
export function checkOrigin(address: string): string {
  const origin = originOf(address);
  if (origin !== undefined) return origin;
  throw fail("invalid_input", "The registry's address is not an http or https address.", {
    hint: hint`give an address like https://hex.pm/api with ${{ option: "apiUrl" }}.`,
  });
}

/** Fails with `invalid_input` for a name that a profile can't have. */
export function checkProfileName(name: string): void {
  if (isProfileName(name)) return;
  throw fail("invalid_input", "A profile can't have this name.", {
    hint: hint`use up to 64 letters, digits, dots, dashes and underscores, and begin with a letter or a digit.`,
  });
}

/** The account with its origin in the form that names items. Fails with `invalid_input`. */
export function checkAccount({ profile, origin }: AccountKey): AccountKey {
  const checked = checkOrigin(origin);
  checkProfileName(profile);
  return { profile, origin: checked };
}

/** Tells whether a backend can be used here: not if this check fails. */
export async function findAvailability(check: () => Promise<unknown>): Promise<Availability> {
  try {
    await check();
    return { available: true };
  } catch (error) {
    return unusable(error);
  }
}

/** Makes the availability of a failure. Rethrows any other error. */
export function unusable(error: unknown): Availability {
  if (!(error instanceof FailureError)) throw error;
  const { message, hint: next = [] } = error.failure;
  return { available: false, why: message, hint: next };
}

/** The failure if hexuser has to store or read something and doesn't know the home directory. */
export function noHome(): FailureError {
  return fail("storage_unavailable", "There is no home directory for credentials and settings.", {
    hint: hint`set HOME to your home directory, or HEX_HOME and XDG_CONFIG_HOME to directories of your own. A key in HEX_API_KEY needs no home.`,
    details: { reason: "no_home" },
  });
}
