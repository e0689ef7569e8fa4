import type { AnyOperation } from "@hexuser/core";
import { listOperations } from "@hexuser/core/operations";
import { auth } from "./auth.ts";

/** The operations of this program, with its list of methods. */
export const operations = listOperations(auth);

/** Finds an operation by its id. Throws for an unknown one, because no id comes from a person. */
export function findOperation(id: string): AnyOperation {
  const found = operations.find((operation) => operation.id === id);
  if (found === undefined) throw new Error(`there is no operation ${id}`);
  return found;
}
