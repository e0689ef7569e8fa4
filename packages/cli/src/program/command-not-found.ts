import { FailureError } from "@hexuser/core";
import type { Hook } from "@oclif/core/hooks";
import { incompleteCommand, unknownCommand } from "../argv/usage-failure.ts";
import { commands } from "./commands.generated.ts";

/**
 * oclif's hook for words that name no command. Fails with `invalid_input`: it names the commands of a topic, or the
 * command that was probably meant.
 */
const commandNotFound: Hook.CommandNotFound = async ({ id }) => {
  const name = id.replaceAll(":", " ");
  const isTopic = name === "" || commands.some((command) => command.name.startsWith(`${name} `));
  throw new FailureError(isTopic ? incompleteCommand(name) : unknownCommand(name));
};

export default commandNotFound;
