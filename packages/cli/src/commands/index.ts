import type { AnyOperation } from "@hexuser/core";
import type { FrontEnd } from "../front-end.ts";
import { backendList } from "./backend-list.ts";
import { backendMove } from "./backend-move.ts";
import { backendUse } from "./backend-use.ts";
import { completion } from "./completion.ts";
import { httpAllow, httpRefuse } from "./http-allow.ts";
import { licenses } from "./licenses.ts";
import { mcpCommand } from "./mcp.ts";
import { operationsCommand } from "./operations.ts";
import { runCommand } from "./run.ts";
import { schemaCommand } from "./schema.ts";
import { serve } from "./serve.ts";
import { wizard } from "./wizard.ts";

/** Commands that are about this program alone. They have the shape of operations, and are none of core's. */
export const ownCommands: readonly AnyOperation[] = [
  backendList,
  backendUse,
  backendMove,
  httpAllow,
  httpRefuse,
  completion,
  licenses,
];

/** Commands through which other programs, or people step by step, use the operations. */
export const frontEnds: readonly FrontEnd[] = [
  operationsCommand,
  schemaCommand,
  runCommand,
  serve,
  mcpCommand,
  wizard,
];

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
