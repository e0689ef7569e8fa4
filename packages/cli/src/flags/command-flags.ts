import { shells } from "@hexuser/credentials";
import type { CommandDescription } from "../front-end.ts";
import type { Completes, FlagDescription } from "./global-flags.ts";
import { inputFields } from "./input-field.ts";

/** An argument that is given by its position. */
export interface ArgumentDescription {
  readonly name: string;
  readonly description: string;
  readonly isRequired: boolean;
  readonly choices?: readonly string[] | undefined;
  readonly completes?: Completes | undefined;
}

/** Commands that show a page, and open it in the browser. */
const showPages: readonly string[] = ["auth", "reset_password.account", "wizard"];

/** The flags of one command, besides the global ones: those of its input, and those that say how it is carried out. */
export function commandFlags(operation: CommandDescription): FlagDescription[] {
  const flags: FlagDescription[] = inputFields(operation).flatMap((field) =>
    field.flag === undefined
      ? []
      : [
          {
            name: field.flag,
            value: field.kind === "boolean" ? undefined : field.valueName,
            description: field.description,
            env: field.env,
            char: field.char,
            repeatable: field.kind === "list",
            choices: field.choices ?? field.examples,
            completes: field.completes,
          },
        ],
  );
  const own = (flag: FlagDescription, isWanted: boolean) => {
    if (isWanted && !flags.some(({ name }) => name === flag.name)) flags.push(flag);
  };
  own(
    { name: "with-key", description: "keep a key that you have, read from standard input" },
    operation.answers.includes("key"),
  );
  own(
    { name: "no-browser", description: "show the address only, open nothing" },
    showPages.includes(operation.id),
  );
  own({ name: "qr", description: "show the address as a QR code, too" }, operation.id === "auth");
  own(
    {
      name: "shell",
      value: "NAME",
      description: "for which shell --backend env prints: bash, zsh, fish or powershell",
      choices: shells,
    },
    operation.id === "auth" || operation.id === "deauth",
  );
  own(
    {
      name: "client-id",
      value: "ID",
      description: "what the registry knows this program by (OAuth)",
      env: "HEXUSER_CLIENT_ID",
    },
    operation.id === "auth",
  );
  own(
    {
      name: "adopt-credentials",
      description: "credentials that name no registry belong to this one",
    },
    operation.answers.includes("adoptCredentials"),
  );
  own(
    {
      name: "same-registry",
      description: "the address that the session's key is known by is the same registry",
    },
    operation.answers.includes("sameRegistry"),
  );
  own({ name: "yes", description: "don't ask for a confirmation" }, operation.confirm !== undefined);
  return flags;
}

/** The arguments of one command. */
export function commandArguments(operation: CommandDescription): ArgumentDescription[] {
  return inputFields(operation)
    .filter((field) => field.isArgument)
    .map(({ name, description, isRequired, choices, completes }) => ({
      name,
      description,
      isRequired,
      choices,
      completes,
    }));
}
