import { commandArguments, commandFlags } from "../src/flags/command-flags.ts";
import { type FlagDescription, globalFlags } from "../src/flags/global-flags.ts";
import type { CommandDescription } from "../src/front-end.ts";

const width = 80;
const indent = "  ";

/** A group of commands: what is said of it above its list. */
export const groups: Readonly<Record<string, string>> = {
  backend: "Choose where credentials are kept.",
  key: "Make, revoke and list the API keys of your account.",
  reset_password: "Reset the password of your account, or change the one of this machine.",
};

/** `key.generate` → `key generate` */
export function commandName(operation: Pick<CommandDescription, "id">): string {
  return operation.id.replaceAll(".", " ");
}

/** The help of the program, of each group and of each command, by name; the program's own is "". */
export function helpTexts(operations: readonly CommandDescription[]): Record<string, string> {
  const texts: Record<string, string> = { "": programHelp(operations) };
  for (const operation of operations) {
    const name = commandName(operation);
    const [group = ""] = name.split(" ");
    if (group !== name) texts[group] ??= groupHelp(group, operations);
    texts[name] = commandHelp(operation);
  }
  return texts;
}

function programHelp(operations: readonly CommandDescription[]): string {
  return layOut([
    "hexuser: your account at hex.pm, or at another Hex registry",
    section("Usage", ["hexuser COMMAND [OPTIONS]"]),
    "New here? `hexuser wizard` asks step by step.",
    section("Commands", commandRows(operations)),
    section("Global options", globalFlags.map(flagRow)),
    section("Exit codes", [
      "0 done · 1 refused by the registry · 2 wrong usage or input",
      "4 authentication needed or refused · 5 credential storage",
      "6 network or registry unreachable · 7 rate limited",
      "70 a defect of hexuser · 130 interrupted",
    ]),
    "`hexuser COMMAND --help` tells more about a command.",
  ]);
}

function groupHelp(group: string, operations: readonly CommandDescription[]): string {
  const members = operations.filter((operation) => operation.id.startsWith(`${group}.`));
  return layOut([
    groups[group] ?? group,
    section("Usage", [`hexuser ${group} COMMAND [OPTIONS]`]),
    section("Commands", commandRows(members)),
    `\`hexuser ${group} COMMAND --help\` tells more about a command.`,
  ]);
}

function commandHelp(operation: CommandDescription): string {
  const args = commandArguments(operation);
  const flags = commandFlags(operation);
  const usage = ["hexuser", commandName(operation), ...args.map(({ name }) => `[${name.toUpperCase()}]`)];
  return layOut([
    operation.summary,
    wrap(operation.description, width).join("\n"),
    section("Usage", [[...usage, "[OPTIONS]"].join(" ")]),
    args.length === 0
      ? ""
      : section(
          "Arguments",
          args.map(({ name, description }): Row => [name.toUpperCase(), sentence(description)]),
        ),
    flags.length === 0 ? "" : section("Options", flags.map(flagRow)),
    section("Global options", globalFlags.map(flagRow)),
  ]);
}

type Row = readonly [left: string, right: string];

function commandRows(operations: readonly CommandDescription[]): Row[] {
  return operations.map((operation): Row => [commandName(operation), operation.summary]);
}

function flagRow({ name, value, char, env, repeatable, description }: FlagDescription): Row {
  const short = char === undefined ? "" : `-${char}, `;
  const left = `${short}--${name}${value === undefined ? "" : ` ${value}`}`;
  const remarks = [repeatable === true ? "can be repeated" : "", env ?? ""].filter((remark) => remark !== "");
  const tail = remarks.length === 0 ? "" : ` (${remarks.join("; ")})`;
  return [left, sentence(description) + tail];
}

function section(title: string, rows: readonly (Row | string)[]): string {
  const lefts = rows.map((row) => (typeof row === "string" ? 0 : row[0].length));
  const column = Math.min(30, Math.max(...lefts)) + 2;
  const lines = rows.flatMap((row) => {
    if (typeof row === "string") return [indent + row];
    const [first = "", ...more] = wrap(row[1], width - indent.length - column);
    const beside = row[0].length < column;
    const head = beside ? [row[0].padEnd(column) + first] : [row[0], " ".repeat(column) + first];
    return [...head, ...more.map((line) => " ".repeat(column) + line)].map((line) => indent + line);
  });
  return [`${title}:`, ...lines].join("\n");
}

function layOut(sections: readonly string[]): string {
  return `${sections.filter((part) => part !== "").join("\n\n")}\n`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
