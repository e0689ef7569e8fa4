import {
  type Completes,
  type Field,
  handsOver,
  hexClients,
  inputFields,
  secretFormats,
  shells,
  toFlagName,
} from "@hexuser/core";
import { z } from "zod";
import type { CommandDescription } from "./front-end.ts";
import type { FlagDescription } from "./global-flags.ts";
import { argumentName } from "./options.ts";

/** An argument, which a command line takes by its position. */
export interface ArgumentDescription {
  readonly name: string;
  readonly description: string;
  readonly isRequired: boolean;
  readonly choices?: readonly string[] | undefined;
  readonly completes?: Completes | undefined;
}

/** The flags of one command without the global ones: those of its input, and those for its way of execution. */
export function commandFlags(operation: CommandDescription): FlagDescription[] {
  const flags: FlagDescription[] = inputFields(operation).flatMap((field) =>
    field.flag === undefined
      ? []
      : [
          {
            name: field.flag,
            value: field.kind === "boolean" ? undefined : valueName(field),
            description: describe(field),
            env: field.env,
            char: field.char,
            repeatable: field.kind === "list",
            choices: field.choices ?? field.suggests,
            completes: field.completes,
          },
        ],
  );
  const own = ownFlags.filter(
    ({ name, isTakenBy }) => isTakenBy(operation) && !flags.some((flag) => flag.name === name),
  );
  return [...flags, ...own];
}

/** The forms of a printed list. */
export const listFormats: readonly string[] = ["table", "tsv"];

/** The flags for the way of execution, with the commands that take them. */
export const ownFlags: readonly (FlagDescription & {
  readonly isTakenBy: (command: CommandDescription) => boolean;
})[] = [
  {
    name: "with-key",
    description: "keep a key that you have, read from standard input",
    answers: ["key"],
    isTakenBy: ({ answers, input }) => answers.includes("key") && "withKey" in input.shape,
  },
  {
    name: "key-stdin",
    description: "read the key from standard input",
    answers: ["key"],
    isTakenBy: ({ answers, input }) => answers.includes("key") && !("withKey" in input.shape),
  },
  {
    name: "browser",
    description: "open the page at once, also over SSH and in a container",
    isTakenBy: ({ page }) => page !== undefined,
  },
  {
    name: "no-browser",
    description: "show the address, but open no browser",
    isTakenBy: ({ page }) => page !== undefined,
  },
  {
    name: "qr",
    description: "also show the address as a QR code",
    isTakenBy: ({ page }) => page !== undefined,
  },
  {
    name: "shell",
    value: "NAME",
    description: "the shell that reads the lines of env: bash, zsh, fish or powershell",
    choices: shells,
    isTakenBy: (command) => command.changesSignIn === true || handsOver(command),
  },
  {
    name: "for",
    value: "PROGRAM",
    description: "the program whose variables env sets: mix, rebar3 or gleam",
    choices: hexClients,
    isTakenBy: (command) =>
      (command.changesSignIn === true && command.leaves !== undefined) || handsOver(command),
  },
  {
    name: "client-id",
    value: "ID",
    description: "the OAuth client ID of this program at the registry",
    env: "HEXUSER_CLIENT_ID",
    isTakenBy: ({ changesSignIn }) => changesSignIn === true,
  },
  {
    name: "format",
    value: "FORMAT",
    description: "tsv prints tab-separated values in full, a line per entry",
    choices: listFormats,
    isTakenBy: printsList,
  },
  {
    name: "format",
    value: "FORMAT",
    description:
      "the form of the secret: env (a line for a shell), github (GITHUB_ENV, hidden in logs) or json",
    choices: secretFormats,
    isTakenBy: handsOver,
  },
  {
    name: "output",
    value: "FILE",
    description: "write the secret to a file that only you can read, and don't show it",
    completes: "file",
    isTakenBy: handsOver,
  },
  {
    name: "force",
    description: "replace a FILE that exists",
    isTakenBy: handsOver,
  },
  {
    name: "adopt-credentials",
    description: "use credentials that name no registry for this one",
    answers: ["adoptCredentials"],
    isTakenBy: ({ answers }) => answers.includes("adoptCredentials"),
  },
  {
    name: "same-registry",
    description: "the earlier address with this session's key is the same registry",
    answers: ["sameRegistry"],
    isTakenBy: ({ answers }) => answers.includes("sameRegistry"),
  },
  {
    name: "yes",
    description: "don't ask for confirmation",
    isTakenBy: ({ confirm }) => confirm !== undefined,
  },
];

/** Tells whether the output is a list of records, which has several printed forms. */
function printsList({ output }: CommandDescription): boolean {
  const fields = Object.values((output?.shape ?? {}) as Readonly<Record<string, unknown>>);
  return fields.some((field) => field instanceof z.ZodArray && field.element instanceof z.ZodObject);
}

/** The arguments of one command. */
export function commandArguments(operation: CommandDescription): ArgumentDescription[] {
  return inputFields(operation)
    .filter(({ arg }) => arg === true)
    .map((field) => ({
      name: argumentName(field),
      description: describe(field),
      isRequired: !field.isOptional,
      choices: field.choices,
      completes: field.completes,
    }));
}

function describe({ description, title }: Field): string {
  return description ?? title;
}

/** The name of a flag's value in the help: its choices, or the last word of its name. */
function valueName({ name, flag, valueName: own, choices }: Field): string {
  return own ?? choices?.join("|") ?? (flag ?? toFlagName(name)).split("-").at(-1)?.toUpperCase() ?? name;
}
