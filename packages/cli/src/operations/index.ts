import type { AnyOperation } from "@hexuser/core";
import { listOperations } from "@hexuser/core/operations";
import { auth } from "./auth.ts";

/** The operations of this program, which signs in by the methods of its list. */
export const operations = listOperations(auth);

/** Finds an operation by its id. Throws for an unknown one, since no user names it. */
export function findOperation(id: string): AnyOperation {
  const found = operations.find((operation) => operation.id === id);
  if (found === undefined) throw new Error(`there is no operation ${id}`);
  return found;
}
