// The classes of all commands, for oclif's own tools, to which `package.json` names this file, and for the help. A
// command that runs loads its own class alone.

import { operations } from "../operations/index.ts";
import { frontEnds, ownCommands } from "./command-list.ts";
import { commandClass } from "./oclif-command.ts";

export const commands = Object.fromEntries(
  [...operations, ...ownCommands, ...frontEnds].map(commandClass).map((command) => [command.id, command]),
);
