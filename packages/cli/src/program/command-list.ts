import type { AnyOperation } from "@hexuser/core";
import type { FrontEnd } from "../argv/front-end.ts";
import { backendList } from "../commands/backend-list.ts";
import { backendMove } from "../commands/backend-move.ts";
import { backendUse } from "../commands/backend-use.ts";
import { httpAllow, httpRefuse } from "../commands/http-allow.ts";
import { licenses } from "../commands/licenses.ts";
import { operationsCommand } from "../commands/operations.ts";
import { schemaCommand } from "../commands/schema.ts";
import { completion } from "../completion/completion.ts";
import { mcpCommand } from "../mcp/mcp.ts";
import { runCommand } from "../run/run.ts";
import { serve } from "../serve/serve.ts";
import { wizard } from "../wizard/wizard.ts";

/** Commands about this program. They have the shape of operations, but other programs can't call them. */
export const ownCommands: readonly AnyOperation[] = [
  backendList,
  backendUse,
  backendMove,
  httpAllow,
  httpRefuse,
  completion,
  licenses,
  operationsCommand,
  schemaCommand,
];

/** Commands through which other programs, or people step by step, use the operations. */
export const frontEnds: readonly FrontEnd[] = [runCommand, serve, mcpCommand, wizard];

export {
  backendList,
  backendMove,
  backendUse,
  completion,
  httpAllow,
  httpRefuse,
  licenses,
  mcpCommand as mcp,
  operationsCommand as operations,
  runCommand as run,
  schemaCommand as schema,
  serve,
  wizard,
};
