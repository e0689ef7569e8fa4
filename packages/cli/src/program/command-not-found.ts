import { FailureError } from "@hexuser/core";
import type { Hook } from "@oclif/core/hooks";
import { commandNames } from "../argv/command-names.generated.ts";
import { incompleteCommand, unknownCommand } from "../argv/usage-failure.ts";

/**
 * oclif's hook for unknown commands. Fails with `invalid_input`. The failure names the commands of a topic, or the
 * command that the person probably meant.
 */
const commandNotFound: Hook.CommandNotFound = async ({ id, argv = [] }) => {
  const name = id.replaceAll(":", " ");
  const isTopic = name === "" || commandNames.some((command) => command.startsWith(`${name} `));
  throw new FailureError(isTopic ? incompleteCommand(name, argv) : unknownCommand(name, argv));
};

export default commandNotFound;
