import { type AnyOperation, answerField, answerNames, failureCodes } from "@hexuser/core";
import { commandArguments, commandFlags } from "hexuser/command-flags";
import { frontEnds, ownCommands } from "hexuser/command-list";
import { environmentVariables } from "hexuser/environment-variables";
import { exitCodeOf } from "hexuser/exit-code";
import type { CommandDescription } from "hexuser/front-end";
import { type FlagDescription, globalFlags } from "hexuser/global-flags";
import { operations } from "hexuser/operations";
import { commandOfOperation } from "./operation-list.ts";

/** The part of a JSON Schema that the page shows. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly title?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
}

/** Writes the reference as one page of Markdown, from the operations and flags. */
export function renderReference(): string {
  return [
    "# Reference",
    "`npm run reference` makes this page from the operations, and a test keeps it up to date. `hexuser COMMAND --help` " +
      "says the same. Precedence: a flag, the environment, `hex.config`, the default.",
    "## Commands",
    ...operations.flatMap(renderOperation),
    "## Commands about hexuser itself",
    ...ownCommands.flatMap(renderOperation),
    "## Commands for programs",
    ...frontEnds.flatMap(renderCommand),
    "## Flags of every command",
    flagTable(globalFlags),
    "## Environment",
    "A flag takes precedence over its variable. An empty variable counts as absent.",
    table(
      ["Variable", "Meaning"],
      Object.entries(environmentVariables).map(([name, meaning]) => [`\`${name}\``, meaning]),
    ),
    "## What may be asked for",
    "Answers are asked for on a terminal, unseen where they are secret, and taken from stdin or the environment " +
      "otherwise. They are never printed, logged or kept.",
    table(["Answer", "Question", "What it is"], answerRows()),
    "## Failures",
    'With `--json`, stdout holds `{"ok": true, "output": …}` or `{"ok": false, "failure": {"code", "message", ' +
      '"hint", …}}`. The exit code follows from the code of the failure:',
    table(["Exit code", "Codes of failures"], exitCodeRows()),
  ]
    .join("\n\n")
    .concat("\n");
}

function renderCommand(described: CommandDescription): string[] {
  const command = commandOfOperation(described.id);
  const args = commandArguments(described);
  const usage = args.map(({ name, isRequired }) => (isRequired ? upper(name) : `[${upper(name)}]`));
  const flags = commandFlags(described);
  return [
    `### \`${command}\``,
    `${described.summary}. ${described.description}`,
    ...(described.aliases ?? []).map((alias) => `\`hexuser ${alias}\` is the same command.`),
    `\`\`\`\n${[command, ...usage, flags.length > 0 ? "[FLAGS]" : ""].join(" ").trim()}\n\`\`\``,
    ...args.map(({ name, description }) => `\`${upper(name)}\`: ${description}.`),
    ...(flags.length > 0 ? [flagTable(flags)] : []),
  ];
}

function renderOperation(operation: AnyOperation): string[] {
  const output = fieldRows(operation.output.toJSONSchema() as Schema, "");
  return [
    ...renderCommand(operation),
    `Operation \`${operation.id}\`, which ${effects[operation.effect]}. ${asksFor(operation)}`,
    table(["Output", "Type", ""], output),
  ];
}

const effects = { read: "only reads", write: "changes something", destroy: "destroys something" };

function asksFor({ answers }: AnyOperation): string {
  if (answers.length === 0) return "It asks for nothing.";
  return `It may ask for ${answers.map((name) => `\`${name}\``).join(", ")}.`;
}

function flagTable(flags: readonly FlagDescription[]): string {
  return table(
    ["Flag", "Environment", ""],
    flags.map(({ name, value, description, env, char, repeatable }) => [
      `\`${char === undefined ? "" : `-${char}, `}--${name}${value === undefined ? "" : ` ${value}`}\``,
      env === undefined ? "" : `\`${env}\``,
      `${description}${repeatable ? " (can be given several times)" : ""}`,
    ]),
  );
}

function fieldRows({ properties = {} }: Schema, path: string): string[][] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const inner = objectIn(schema);
    return [
      [`\`${path}${name}\``, typeOf(schema), schema.description ?? ""],
      ...(inner === undefined
        ? []
        : fieldRows(inner, `${path}${name}${schema.items === undefined ? "" : "[]"}.`)),
    ];
  });
}

function objectIn(schema: Schema): Schema | undefined {
  if (schema.properties !== undefined) return schema;
  return [schema.items, ...(schema.anyOf ?? [])].find((inner) => inner?.properties !== undefined);
}

function typeOf({ type, enum: values, items, anyOf }: Schema): string {
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(", ");
  if (anyOf !== undefined) return anyOf.map(typeOf).join(" or ");
  if (items !== undefined) return `array of ${typeOf(items)}`;
  return typeof type === "string" ? type : (type ?? ["anything"]).join(" or ");
}

function answerRows(): string[][] {
  return answerNames().map((name) => {
    const { title, description = "" } = answerField(name);
    return [`\`${name}\``, title, description];
  });
}

function exitCodeRows(): string[][] {
  const codes = [...new Set(failureCodes.map((code) => exitCodeOf({ code })))].sort((a, b) => a - b);
  return codes.map((exitCode) => [
    `${exitCode}`,
    failureCodes
      .filter((code) => exitCodeOf({ code }) === exitCode)
      .map((code) => `\`${code}\``)
      .join(", "),
  ]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function upper(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
