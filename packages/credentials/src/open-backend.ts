import { type CredentialBackend, fail, hint } from "@hexuser/core";
import type { BackendKind, BackendSurroundings } from "./backend-kind.ts";
import { backendNames, findKind } from "./backends.ts";

/** Finds the kind of a backend. Fails with `invalid_input` for an unknown one. */
export function requireKind(id: string): BackendKind {
  const kind = findKind(id);
  if (kind !== undefined) return kind;
  throw fail("invalid_input", `There is no backend “${id}”.`, {
    hint: hint`choose ${backendNames()}.`,
  });
}

/** Opens a backend. Fails with `invalid_input` for an unknown one. */
export async function openBackend(id: string, surroundings: BackendSurroundings): Promise<CredentialBackend> {
  return requireKind(id).open(id, surroundings);
}
