import type { AnyOperation } from "@hexuser/core";
import { backendList } from "./backend-list.ts";
import { backendMove } from "./backend-move.ts";
import { backendUse } from "./backend-use.ts";

/** Commands that are about this program alone. They have the shape of operations, and are none of core's. */
export const ownCommands: readonly AnyOperation[] = [backendList, backendUse, backendMove];

export { backendList, backendMove, backendUse };
