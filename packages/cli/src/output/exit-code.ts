import type { FailureCode } from "@hexuser/core";

const exitCodes: Readonly<Record<FailureCode, number>> = {
  registry_refused: 1,
  validation_failed: 1,
  not_found: 1,
  not_supported: 1,
  invalid_input: 2,
  confirmation_required: 2,
  authentication_required: 4,
  authentication_refused: 4,
  storage_unavailable: 5,
  storage_locked: 5,
  storage_damaged: 5,
  storage_write_failed: 5,
  network_unreachable: 6,
  network_timeout: 6,
  registry_unavailable: 6,
  offline: 6,
  rate_limited: 7,
  defect: 70,
  interrupted: 130,
};

/** The exit code. Scripts depend on these codes, so they are part of the interface. */
export function exitCodeOf(failure: { readonly code: FailureCode }): number {
  return exitCodes[failure.code];
}
