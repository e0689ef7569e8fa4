// The classes of all commands. oclif's own tools find them here through `package.json`, and the help is made from them.
// A running command loads only its own class.

import { operations } from "../operations/index.ts";
import { frontEnds, ownCommands } from "./command-list.ts";
import { commandClass } from "./oclif-command.ts";

export const commands = Object.fromEntries(
  [...operations, ...ownCommands, ...frontEnds].map(commandClass).map((command) => [command.id, command]),
);
