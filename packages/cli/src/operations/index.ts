import { listOperations } from "@hexuser/core/operations";
import { auth } from "./auth.ts";

/** The operations of this program, which signs in by the methods of its list. */
export const operations = listOperations(auth);
